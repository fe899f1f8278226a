package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

// serve answers one route and returns a client of it.
func serve(t *testing.T, route string, h http.HandlerFunc) *client.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc(route, h)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestTheTokenGoesWithEveryCall(t *testing.T) {
	c := serve(t, "GET /api/rossgram/v1/node", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{"version":"v1","account":{"acct":"ann@x"}}`)
	})
	n, err := c.Node(t.Context())
	if err != nil || n.Account.Acct != "ann@x" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		kind    content.Kind
		message string
	}{
		"described":    {422, `{"error":"invalid","error_description":"the caption is too long"}`, content.Invalid, "the caption is too long"},
		"named":        {404, `{"error":"no such post"}`, content.NotFound, "no such post"},
		"refused":      {401, `{"error":"no token"}`, content.Permission, "no token"},
		"no room":      {507, `{"error":"the disk is full"}`, content.Quota, "the disk is full"},
		"proxy's page": {502, `<html>Bad gateway</html>`, content.Other, "502 Bad Gateway"},
		"not ours":     {200, `<html>Welcome</html>`, content.Other, "does not answer like a rossgram daemon"},
		"endless":      {200, `"` + strings.Repeat("x", 17<<20), content.Other, "more than 16 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := serve(t, "GET /api/rossgram/v1/peers", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			_, err := cl.Peers(t.Context())
			if err == nil || client.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.message) {
				t.Errorf("kind %v, %v", client.KindOf(err), err)
			}
		})
	}
}

func TestNobodyThereIsUnreachableAndGivingUpIsNot(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := client.New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Node(t.Context())
	if u, ok := errors.AsType[*client.Unreachable](err); !ok || u.API != server.URL {
		t.Errorf("nobody listens: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Node(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gave up: %v", err)
	}
}

func TestUploadStreamsTheFileAndItsFields(t *testing.T) {
	const photo = "\xff\xd8 a photo"
	c := serve(t, "POST /api/v2/media", func(w http.ResponseWriter, r *http.Request) {
		f, header, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		b, _ := io.ReadAll(f)
		fmt.Fprintf(w, `{"id":"7","description":%q}`, strings.Join([]string{
			header.Filename, string(b[3:]), r.FormValue("description"), r.FormValue("keep_source"),
		}, "|"))
	})
	a, err := c.Upload(t.Context(), client.Upload{Name: "x.jpg", Alt: "a b", DropSource: true, File: strings.NewReader(photo)})
	if want := "x.jpg|a photo|a b|false"; err != nil || a.ID != "7" || a.Description != want {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestARefusedUploadStopsReading has the daemon refuse what never ends.
func TestARefusedUploadStopsReading(t *testing.T) {
	c := serve(t, "POST /api/v2/media", func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 1<<20)
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(w, `{"error":"a photo has at most 200 MiB"}`)
	})
	_, err := c.Upload(t.Context(), client.Upload{Name: "x", File: endless{}})
	if client.KindOf(err) != content.TooLarge && client.KindOf(err) != content.Unavailable {
		t.Errorf("%v", err) // the answer, or the broken connection, may come first
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestPostSendsItsKey(t *testing.T) {
	c := serve(t, "POST /api/v1/statuses", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Status string   `json:"status"`
			Media  []string `json:"media_ids"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"id":%q,"content":%q}`, r.Header.Get("Idempotency-Key"), in.Status+strings.Join(in.Media, ","))
	})
	s, err := c.Post(t.Context(), client.Draft{Caption: "Hi", Media: []string{"1", "2"}, Key: "k"})
	if err != nil || s.ID != "k" || s.Content != "Hi1,2" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEventsComeInOrderAfterTheDaemonListens(t *testing.T) {
	c := serve(t, "GET /api/rossgram/v1/events", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, ": hello\n\nevent: post\ndata: {\"a\":\ndata: 1}\n\nid: 4\nevent:peer\ndata:{}\n\nevent: cut off\nda")
	})
	var got []string
	err := c.Events(t.Context(), func(e client.Event) error {
		got = append(got, e.Type+string(e.Data))
		return nil
	})
	if want := []string{"", "post{\"a\":\n1}", "peer{}"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, ok := errors.AsType[*client.Unreachable](err); !ok {
		t.Errorf("the daemon ended the stream: %v", err)
	}
	stop := errors.New("enough")
	if err := c.Events(t.Context(), func(client.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the listener stopped: %v", err)
	}
}

func TestNewRefusesWhatIsNoAddress(t *testing.T) {
	for _, api := range []string{"", "localhost:7670", "ftp://x", "http://", "http://a b"} {
		if c, err := client.New(api, ""); err == nil {
			t.Errorf("%q is taken as %s", api, c.API())
		}
	}
}
