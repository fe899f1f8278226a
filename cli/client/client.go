// Package client speaks to a running daemon over its HTTP API (docs/api.md), for
// the command line and for whoever writes programs in Go.
//
// It guarantees that an answer is bounded before it is read, that every call
// stops with its context, and that a failure is an [*Error] from which the kind
// (package content) can be told. It retries nothing and keeps no state but the
// token; where the daemon and the token are found is the caller's business.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Ours is the prefix of the routes that Mastodon's API does not have.
const Ours = "/api/rossgram/v1/"

// maxAnswer is the most bytes of a JSON answer that are read.
const maxAnswer = 16 << 20

// Client is a connection to one daemon in one account's name. It is safe for
// concurrent use.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New returns a client of the daemon at an http: or https: address, which uses a
// token if it is not empty. It sends nothing yet.
func New(api, token string) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(api, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("%q is no address of a daemon: write it like http://127.0.0.1:7670", api)
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     30 * time.Second,
	}
	return &Client{base: base, token: token, http: &http.Client{Transport: transport}}, nil
}

// API returns the daemon's address, without a slash at the end.
func (c *Client) API() string { return c.base.String() }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call: query and form are optional, body wins over form.
type request struct {
	method, path string // the path is escaped
	query        url.Values
	body         io.Reader
	contentType  string
	header       http.Header
}

// get reads a route's JSON into out.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, request{method: http.MethodGet, path: path, query: query}, out)
}

// send sends in as JSON, if it is not nil, and reads the answer into out, if
// that is not nil.
func (c *Client) send(ctx context.Context, method, path string, in, out any) error {
	r, err := jsonRequest(method, path, in)
	if err != nil {
		return err
	}
	return c.call(ctx, r, out)
}

func jsonRequest(method, path string, in any) (request, error) {
	r := request{method: method, path: path}
	if in == nil {
		return r, nil
	}
	b, err := json.Marshal(in)
	r.body, r.contentType = bytes.NewReader(b), "application/json"
	return r, err
}

func (c *Client) call(ctx context.Context, r request, out any) error {
	res, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if len(b) > maxAnswer {
		return fmt.Errorf("%s answered with more than %d MiB", c.base, maxAnswer>>20)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s does not answer like a rossgram daemon: %w", c.base, err)
	}
	return nil
}

// do sends a request. The answer's body is open only if the error is nil.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	u := *c.base
	path, err := url.PathUnescape(r.path)
	if err != nil {
		return nil, err
	}
	u.Path, u.RawPath = c.base.Path+path, c.base.EscapedPath()+r.path
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), r.body)
	if err != nil {
		return nil, err
	}
	if r.header != nil {
		req.Header = r.header
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if res.StatusCode >= 300 {
		defer res.Body.Close()
		return nil, readError(res)
	}
	return res, nil
}
