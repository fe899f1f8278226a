package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"rossgram.app/content"
)

// Error is a daemon's refusal: the HTTP status and what its body says.
type Error struct {
	Status  int
	Message string
}

// Error is the daemon's message.
func (e *Error) Error() string { return e.Message }

// Unreachable means that nothing answered at the daemon's address.
type Unreachable struct {
	API string
	Err error
}

// Error names the address and the cause.
func (u *Unreachable) Error() string { return fmt.Sprintf("no daemon answers at %s: %v", u.API, u.Err) }

// Unwrap returns the cause.
func (u *Unreachable) Unwrap() error { return u.Err }

// kinds is docs/api.md's table of failures, read backwards.
var kinds = map[int]content.Kind{
	http.StatusBadRequest:            content.Invalid,
	http.StatusUnprocessableEntity:   content.Invalid,
	http.StatusUnauthorized:          content.Permission,
	http.StatusForbidden:             content.Permission,
	http.StatusNotFound:              content.NotFound,
	http.StatusConflict:              content.Conflict,
	http.StatusRequestEntityTooLarge: content.TooLarge,
	http.StatusInsufficientStorage:   content.Quota,
	http.StatusTooManyRequests:       content.Unavailable,
	http.StatusServiceUnavailable:    content.Unavailable,
}

// KindOf returns what sort of failure err is: of a daemon's refusal by its
// status, else as [content.KindOf]. An [*Unreachable] is Unavailable.
func KindOf(err error) content.Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return kinds[e.Status]
	}
	if _, ok := errors.AsType[*Unreachable](err); ok {
		return content.Unavailable
	}
	return content.KindOf(err)
}

// unreachable tells a daemon that is not there from a caller that gave up.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &Unreachable{API: c.base.String(), Err: err}
}

// readError turns an answer of status 300 or more into an [*Error]. A body that
// is not ours, such as a proxy's page, is replaced by the status.
func readError(res *http.Response) error {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	b, _ := io.ReadAll(io.LimitReader(res.Body, 16<<10))
	e := &Error{Status: res.StatusCode, Message: "the daemon answers " + res.Status}
	if json.Unmarshal(b, &body) == nil && body.Error != "" {
		e.Message = body.Error
		if body.Description != "" {
			e.Message = body.Description
		}
	}
	return e
}

// seconds writes a duration for a query.
func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
