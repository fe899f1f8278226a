package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Client calls a node's routes over real connections.
type Client struct {
	t     testing.TB
	http  *http.Client
	URL   string // without a slash at the end
	Token string // sent with each call, if it is not empty
}

// Dial returns a client of the node at an address. Its connections end with the
// test.
func Dial(t testing.TB, url, token string) *Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{t, &http.Client{Transport: transport}, url, token}
}

// Serve starts the node's router with what routes were added. It ends with the
// test.
func (n *Node) Serve() *Client {
	server := httptest.NewServer(n.Router)
	n.t.Cleanup(server.Close)
	return Dial(n.t, server.URL, n.Token)
}

// With returns a client with another token.
func (c *Client) With(token string) *Client { return &Client{c.t, c.http, c.URL, token} }

// Answer is an answer that was read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Err    error // why there is none, or its end was not reached
}

// Get is [Client.Do] without a body.
func (c *Client) Get(path string, header ...string) Answer {
	c.t.Helper()
	return c.Do(http.MethodGet, path, nil, header...)
}

// Do sends body, if it is not nil, as JSON. Headers are names and values in turn.
func (c *Client) Do(method, path string, body any, header ...string) Answer {
	c.t.Helper()
	res, err := c.http.Do(c.request(method, path, body, header))
	if err != nil {
		return Answer{Err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, b, err}
}

// Open is Do for an answer that the caller reads and closes.
func (c *Client) Open(method, path string, body any, header ...string) *http.Response {
	c.t.Helper()
	return Must(c.http.Do(c.request(method, path, body, header)))(c.t)
}

func (c *Client) request(method, path string, body any, header []string) *http.Request {
	c.t.Helper()
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(Must(json.Marshal(body))(c.t))
	}
	req := Must(http.NewRequestWithContext(c.t.Context(), method, c.URL+path, r))(c.t)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// Want ends the test unless the answer has a status.
func (a Answer) Want(t testing.TB, status int) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %.400s %v", a.Status, status, a.Body, a.Err)
	}
	return a
}

// JSON reads the answer into v.
func (a Answer) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%v: %.400s", err, a.Body)
	}
}

// Post uploads a photo and posts it, as an app does, and returns the status.
func (c *Client) Post(caption string, photo []byte) Status {
	c.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part := Must(w.CreateFormFile("file", "photo.jpg"))(c.t)
	Must(part.Write(photo))(c.t)
	Check(c.t, w.Close())
	req := Must(http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.URL+"/api/v2/media", &form))(c.t)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+c.Token)
	res := Must(c.http.Do(req))(c.t)
	defer res.Body.Close()
	var media struct{ ID string }
	Answer{Status: res.StatusCode, Body: Must(io.ReadAll(res.Body))(c.t)}.Want(c.t, http.StatusOK).JSON(c.t, &media)
	var s Status
	c.Do(http.MethodPost, "/api/v1/statuses", map[string]any{"status": caption, "media_ids": []string{media.ID}}).
		Want(c.t, http.StatusOK).JSON(c.t, &s)
	return s
}

// Status is what tests look at in a status.
type Status struct {
	ID       string
	Rossgram struct{ URI, CID string }
	Photos   []struct {
		Rossgram struct {
			Source     struct{ CID string }
			Renditions []struct{ CID, URL string }
		}
	} `json:"media_attachments"`
}
