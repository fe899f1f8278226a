package oauth

import (
	"net/http"
	"net/url"
	"regexp"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
)

// maxState is the most bytes of an app's state.
const maxState = 2000

// request is what an app asks for (RFC 6749, section 4.1.1; RFC 7636, section 4.3).
type request struct {
	app       access.App
	redirect  string
	scopes    access.Scopes
	state     string
	challenge string // S256; empty if there is none
	again     bool   // the app wants the person to say who they are
	query     string // all of it, as it came
}

// refusal is what is wrong with a request. It is shown: with open registration, to
// lead the browser away unasked would make the node an open redirector (RFC 9700,
// section 4.11.2). Back is a link that tells the app, if there is a right one.
type refusal struct {
	status      int
	words, back string
}

// Error is what people read.
func (r *refusal) Error() string { return r.words }

// challengeForm is a SHA-256 in base64url (RFC 7636, section 4.2).
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// read reads and checks a request. An error is a *refusal.
func (a *API) read(query url.Values) (request, error) {
	p := rest.Params(query)
	q := request{redirect: p.Get("redirect_uri"), state: p.Get("state"), query: query.Encode()}
	if name := repeated(p, "client_id", "redirect_uri", "state"); name != "" {
		return q, &refusal{http.StatusBadRequest, name + " is there more than once", ""}
	}
	var err error
	if q.app, err = a.Access.App(p.Get("client_id")); err != nil {
		return q, &refusal{http.StatusBadRequest, content.Message(err), ""}
	}
	if !matches(q.app.Redirects, q.redirect) {
		return q, &refusal{http.StatusBadRequest, "the address to go back to (redirect_uri) is not one that the app registered", ""}
	}
	q.scopes, q.again = scopesIn(p, "scope"), p.Bool("force_login", false)
	q.challenge = p.Get("code_challenge")
	if name, words := q.wrong(p); name != "" {
		r := &refusal{http.StatusBadRequest, words, ""}
		if q.redirect != outOfBand {
			r.back = q.answer(url.Values{"error": {name}, "error_description": {words}})
		}
		return q, r
	}
	return q, nil
}

// wrong returns the error, of those that the app may be told, and its description
// (RFC 6749, section 4.1.2.1).
func (q request) wrong(p rest.Params) (name, words string) {
	method, mode := p.Get("code_challenge_method"), p.Get("response_mode")
	switch {
	case repeated(p, "response_type", "scope", "code_challenge", "code_challenge_method", "response_mode") != "":
		return "invalid_request", "a parameter is there more than once"
	case p.Get("response_type") != "code":
		return "unsupported_response_type", "response_type is code"
	case mode != "" && mode != "query":
		return "invalid_request", "response_mode is query"
	case len(q.state) > maxState:
		return "invalid_request", "state is too long"
	case q.challenge == "" && method != "", q.challenge != "" && (method != "S256" || !challengeForm.MatchString(q.challenge)):
		return "invalid_request", "code_challenge is a SHA-256 in base64url, with code_challenge_method S256"
	case q.scopes.CheckApp() != nil:
		return "invalid_scope", q.scopes.CheckApp().Error()
	case !q.app.Scopes.Contain(q.scopes):
		return "invalid_scope", "the app asks for more than it registered for"
	}
	return "", ""
}

// answer returns the address that takes an answer to the app.
func (q request) answer(answer url.Values) string {
	if q.state != "" && len(q.state) <= maxState {
		answer.Set("state", q.state)
	}
	return withAnswer(q.redirect, answer)
}

// repeated returns the first of some parameters that there is more than one of,
// which none may be (RFC 6749, section 3.1).
func repeated(p rest.Params, names ...string) string {
	for _, name := range names {
		if len(p[name]) > 1 {
			return name
		}
	}
	return ""
}
