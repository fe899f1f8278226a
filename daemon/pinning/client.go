package pinning

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// The limits of what a service may send and how long it may take.
const (
	maxAnswer   = 1 << 20 // bytes
	callTimeout = 30 * time.Second
	maxID       = 255 // bytes of a request ID
	maxNote     = 200 // bytes of an error's words
)

// Status is how a pin is at a service (specification, "PinStatus").
type Status string

// The statuses of a pin.
const (
	Queued  Status = "queued"
	Pinning Status = "pinning"
	Pinned  Status = "pinned"
	Failed  Status = "failed"
)

// pin is the specification's Pin object.
type pin struct {
	CID     string            `json:"cid"`
	Name    string            `json:"name,omitempty"` // at most 255 characters
	Origins []string          `json:"origins,omitempty"`
	Meta    map[string]string `json:"meta,omitempty"`
}

// pinStatus is the specification's PinStatus object.
type pinStatus struct {
	ID        string    `json:"requestid"`
	Status    Status    `json:"status"`
	Created   time.Time `json:"created"`
	Pin       pin       `json:"pin"`
	Delegates []string  `json:"delegates"`
}

// pinResults is the specification's PinResults object.
type pinResults struct {
	Count   int         `json:"count"`
	Results []pinStatus `json:"results"`
}

// client speaks the IPFS Pinning Service API v1 with one service.
type client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// newClient refuses an endpoint over which the token would travel in the clear.
func newClient(s Service) (*client, error) {
	const op = "pinning.newClient"
	base, err := url.Parse(strings.TrimRight(s.Endpoint, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, content.E(op, content.Invalid, fmt.Errorf("%q is no endpoint such as https://pins.example/psa", s.Endpoint))
	}
	if base.Scheme != "https" && (base.Scheme != "http" || !isLoopback(base.Hostname())) {
		return nil, content.Errorf(op, content.Invalid, "an endpoint begins with https://, so that nobody reads the token on its way")
	}
	return &client{base, s.Token, &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the service sends us elsewhere") },
	}}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *client) add(ctx context.Context, p pin) (pinStatus, error) {
	return c.status(ctx, http.MethodPost, "/pins", p)
}

func (c *client) replace(ctx context.Context, id string, p pin) (pinStatus, error) {
	return c.status(ctx, http.MethodPost, "/pins/"+url.PathEscape(id), p)
}

func (c *client) get(ctx context.Context, id string) (pinStatus, error) {
	return c.status(ctx, http.MethodGet, "/pins/"+url.PathEscape(id), nil)
}

// remove ends a pin. One that is gone is no error.
func (c *client) remove(ctx context.Context, id string) error {
	err := c.call(ctx, http.MethodDelete, "/pins/"+url.PathEscape(id), nil, nil)
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	return err
}

// find returns a pin that was asked for when the answer was lost; kind NotFound if
// there is none.
func (c *client) find(ctx context.Context, p pin) (pinStatus, error) {
	query := url.Values{"cid": {p.CID}, "name": {p.Name}, "status": {"queued,pinning,pinned"}, "limit": {"1"}}
	var r pinResults
	if err := c.call(ctx, http.MethodGet, "/pins?"+query.Encode(), nil, &r); err != nil {
		return pinStatus{}, err
	}
	if len(r.Results) == 0 {
		return pinStatus{}, content.Errorf("pinning.find", content.NotFound, "no such pin")
	}
	return r.Results[0], r.Results[0].validate(p.CID)
}

func (c *client) status(ctx context.Context, method, path string, body any) (pinStatus, error) {
	var s pinStatus
	if err := c.call(ctx, method, path, body, &s); err != nil {
		return pinStatus{}, err
	}
	want := ""
	if p, ok := body.(pin); ok {
		want = p.CID
	}
	return s, s.validate(want)
}

// validate refuses an answer that is not one, or is about another CID.
func (s pinStatus) validate(want string) error {
	const op = "pinning.answer"
	switch s.Status {
	case Queued, Pinning, Pinned, Failed:
	default:
		return content.Errorf(op, content.Invalid, "the service answers with a status that is none")
	}
	got, err := cid.Decode(s.Pin.CID)
	if err != nil || s.ID == "" || len(s.ID) > maxID {
		return content.Errorf(op, content.Invalid, "the service's answer is not a pin's status")
	}
	if wanted, err := cid.Decode(want); err == nil && !wanted.Equals(got) {
		return content.Errorf(op, content.Invalid, "the service answers for another CID")
	}
	return nil
}

// call makes one request. Errors are of kind Unavailable if it may succeed later,
// Permission if the token is not accepted, NotFound, and Invalid for all else that
// the service refuses.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	const op = "pinning.call"
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return content.E(op, content.Other, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return content.E(op, content.Unavailable, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return content.E(op, content.Unavailable, err)
	}
	if res.StatusCode/100 != 2 {
		return refused(res.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return content.E(op, content.Invalid, fmt.Errorf("the service's answer can't be read: %w", err))
	}
	return nil
}

// refused makes an error of a service's Failure object.
func refused(code int, b []byte) error {
	const op = "pinning.service"
	var f struct {
		Error struct{ Reason, Details string } `json:"error"`
	}
	words := http.StatusText(code)
	if json.Unmarshal(b, &f) == nil && f.Error.Reason != "" {
		words = strings.TrimSpace(f.Error.Reason + " " + f.Error.Details)
	}
	err := fmt.Errorf("the service says %d: %.*q", code, maxNote, words)
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return content.E(op, content.Permission, fmt.Errorf("the service does not accept the token: %w", err))
	case code == http.StatusNotFound:
		return content.E(op, content.NotFound, err)
	case code == http.StatusTooManyRequests || code >= 500:
		return content.E(op, content.Unavailable, err)
	}
	return content.E(op, content.Invalid, err)
}
