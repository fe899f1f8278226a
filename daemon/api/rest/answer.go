package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"rossgram.app/content"
)

// Status is an answer with another status than 200. A nil Body has no body.
type Status struct {
	Code int
	Body any
}

// Written is the answer of an endpoint that has written it itself.
var Written = struct{ written struct{} }{}

// NoContent is the answer that says no more than that it is done.
var NoContent = Status{Code: http.StatusNoContent}

func write(w http.ResponseWriter, answer any) {
	if answer == any(Written) {
		return
	}
	s, ok := answer.(Status)
	if !ok {
		s = Status{http.StatusOK, answer}
	}
	if s.Body == nil {
		w.WriteHeader(s.Code)
		return
	}
	writeJSON(w, s.Code, s.Body)
}

// writeJSON answers; a caller that has gone is no error.
func writeJSON(w http.ResponseWriter, code int, v any) {
	to := &jsonWriter{ResponseWriter: w, code: code}
	if err := json.NewEncoder(to).Encode(v); err != nil && !to.begun {
		to.code = http.StatusInternalServerError
		_, _ = to.Write([]byte(`{"error":"the answer can't be written"}` + "\n"))
	}
}

// jsonWriter begins an answer with the first write, when it is known that there
// is one: so an encoder writes from its own buffer and a timeline is not copied.
type jsonWriter struct {
	http.ResponseWriter
	code  int
	begun bool
}

// Write writes, after the header.
func (w *jsonWriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.begun = true
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "no-store") // answers are the owner's
		}
		w.WriteHeader(w.code)
	}
	return w.ResponseWriter.Write(b)
}

// errorBody is a failure as Mastodon's clients (error) and OAuth's
// (error_description, RFC 6749 section 5.2) read it.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func writeError(w http.ResponseWriter, code int, message string) {
	writeJSON(w, code, errorBody{message, message})
}

// Refusal is a failure with a status of its own, and with a name that programs
// know it by where there is one, such as invalid_grant (RFC 6749, section 5.2).
type Refusal struct {
	Status int
	Name   string // the words, if empty
	Words  string // for people
}

// Error is what people read.
func (r *Refusal) Error() string { return r.Words }
func (r *Refusal) status() int   { return r.Status }

// statuses is the table from kinds of failure to statuses; docs/api.md shows it.
var statuses = map[content.Kind]int{
	content.NotFound:    http.StatusNotFound,
	content.Exists:      http.StatusConflict,
	content.Conflict:    http.StatusConflict,
	content.Invalid:     http.StatusUnprocessableEntity,
	content.TooLarge:    http.StatusUnprocessableEntity,
	content.Permission:  http.StatusForbidden,
	content.Quota:       http.StatusInsufficientStorage,
	content.Unavailable: http.StatusServiceUnavailable,
}

// Fail answers with an error, as for an endpoint that returned it. What the
// caller can't do anything about is logged.
func (r *Router) Fail(w http.ResponseWriter, req *http.Request, err error) {
	code, message := describe(err)
	if code == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="rossgram"`) // RFC 6750, section 3
	}
	if code == http.StatusInternalServerError && req.Context().Err() == nil {
		r.log.Error("a request failed", "method", req.Method, "path", req.URL.Path, "error", err)
	}
	body := errorBody{message, message}
	if named, ok := errors.AsType[*Refusal](err); ok && named.Name != "" {
		body.Error = named.Name
	}
	writeJSON(w, code, body)
}

func describe(err error) (code int, message string) {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is over %s", bytesInWords(large.Limit))
	}
	if s, ok := errors.AsType[interface {
		error
		status() int
	}](err); ok {
		return s.status(), s.Error()
	}
	if code = statuses[content.KindOf(err)]; code == 0 {
		code = http.StatusInternalServerError
	}
	return code, content.Message(err)
}

func bytesInWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// noToken and unknownToken are refusals of who calls.
type noToken struct{}

var errNoToken noToken

func (noToken) Error() string {
	return "this needs a token: rossgram token create makes one, rossgram open signs a browser in"
}
func (noToken) status() int { return http.StatusUnauthorized }

type unknownToken struct{ error }

func (u *unknownToken) Error() string { return content.Message(u.error) }
func (*unknownToken) status() int     { return http.StatusUnauthorized }
