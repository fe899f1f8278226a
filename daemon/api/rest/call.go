package rest

import (
	"net/http"

	"rossgram.app/content"
	"rossgram.app/daemon/access"
)

// Call is one request to an endpoint.
type Call struct {
	Request *http.Request
	// Writer is for headers, and for endpoints that answer [Written].
	Writer http.ResponseWriter
	Token  access.Token // the zero Token on an open route
	// Base is the address at which the caller reaches us, such as
	// http://127.0.0.1:7670: what links in answers begin with.
	Base string
}

// Account returns in whose name the call is made.
func (c *Call) Account() content.AccountID { return c.Token.Account }

// Path returns a wildcard of the route's pattern.
func (c *Call) Path(name string) string { return c.Request.PathValue(name) }

// Query returns the parameters in the URL alone.
func (c *Call) Query() Params { return Params(c.Request.URL.Query()) }
