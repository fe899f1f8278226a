package mastodon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/photo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/discover"
)

const gatewayKey = "gateway-key"

// node is a node without a network, and the server of its API.
type node struct {
	t       *testing.T
	server  *httptest.Server
	api     *mastodon.API
	index   *index.Index
	publish *publish.Publisher
	replica *replica.Replica
	store   *store.Store
	access  *access.Access

	mu      sync.Mutex
	late    time.Duration // how much later than the system's clock it is
	invited []content.AccountID
}

// now is the node's clock.
func (n *node) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return time.Now().Add(n.late)
}

func (n *node) pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.late += d
}

// Invited notes whose invite was taken up.
func (n *node) Invited(_ context.Context, i discover.Invite) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.invited = append(n.invited, i.Account())
	return nil
}

// newKeyring makes the keys of a new account.
func newKeyring(t *testing.T) *keys.Keyring {
	t.Helper()
	phrase, err := keys.NewPhrase()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.CreateKeyring(t.TempDir(), phrase, false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// newNode is a node with an account for each name, and an app signed in to each.
func newNode(t *testing.T, names ...string) (*node, []*app) {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Reserve: 1})
	must(t, err)
	t.Cleanup(func() { st.Close() })
	n := &node{t: t, store: st}
	var rings []*keys.Keyring
	var accounts []content.AccountID
	for range names {
		ring := newKeyring(t)
		rings, accounts = append(rings, ring), append(accounts, ring.ID())
	}
	n.index, err = index.Open(t.Context(), st.Index().Bucket("index/"), st.State().Bucket("index/"), st, accounts)
	must(t, err)
	r := replica.New(st, n.now, func(ctx context.Context, u replica.Update) error {
		return n.index.Apply(ctx, u.Account, u.Prev.Version(), u.Head.Version(), u.Records)
	})
	t.Cleanup(func() { r.Close() })
	n.replica = r
	n.publish, err = publish.Open(t.Context(), publish.Parts{
		Replica: r, Store: st, Photos: photo.New(), Spool: filepath.Join(t.TempDir(), "spool"), Now: n.now, Known: n.index,
	})
	must(t, err)
	n.access, err = access.Open(t.Context(), st.State().Bucket("access/"), n.now)
	must(t, err)
	n.serve()
	var apps []*app
	for i, name := range names {
		_, err := r.Host(t.Context(), rings[i])
		must(t, err)
		must(t, n.publish.UpdateProfile(t.Context(), accounts[i], publish.ProfileChange{Name: &name}))
		apps = append(apps, n.signIn(accounts[i], access.BrowserScopes()))
	}
	return n, apps
}

func (n *node) serve() {
	n.api = mastodon.New(mastodon.Parts{
		Index: n.index, Publish: n.publish, Invites: n, GatewayKey: gatewayKey, Version: "test", Now: n.now,
	})
	router := rest.New(n.access, rest.Hosts{}, slog.New(slog.NewTextHandler(n.t.Output(), nil)))
	n.api.Routes(router)
	n.server = httptest.NewServer(router)
	n.t.Cleanup(n.server.Close)
}

// app is a client in the name of one account.
type app struct {
	t     *testing.T
	node  *node
	id    content.AccountID
	num   string
	token string
}

func (n *node) signIn(id content.AccountID, scopes access.Scopes) *app {
	n.t.Helper()
	_, secret, err := n.access.Create(n.t.Context(), id, fmt.Sprint("app ", len(n.access.List(id))), scopes)
	must(n.t, err)
	return &app{n.t, n, id, index.NumberOf(id).String(), secret}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// do sends a request; body may be nil.
func (a *app) do(method, path, contentType string, body io.Reader, header ...string) answer {
	a.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = a.node.server.URL + path
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, path, body)
	must(a.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(a.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(a.t, err)
	return answer{a.t, res.StatusCode, res.Header, b}
}

func (a *app) get(path string) answer { a.t.Helper(); return a.do("GET", path, "", nil) }

func (a *app) json(method, path string, v any, header ...string) answer {
	a.t.Helper()
	b, err := json.Marshal(v)
	must(a.t, err)
	return a.do(method, path, "application/json", bytes.NewReader(b), header...)
}

func (a *app) form(method, path string, v url.Values) answer {
	a.t.Helper()
	return a.do(method, path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

// part is a field of a multipart form, or with a file name a file.
type part struct{ name, file, value string }

func (a *app) multipart(method, path string, parts ...part) answer {
	a.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.file != "" {
			to, err = w.CreateFormFile(p.name, p.file)
		} else {
			to, err = w.CreateFormField(p.name)
		}
		must(a.t, err)
		_, err = io.WriteString(to, p.value)
		must(a.t, err)
	}
	must(a.t, w.Close())
	return a.do(method, path, w.FormDataContentType(), &b)
}

// as decodes an answer that must be a 200.
func as[T any](r answer) T {
	r.t.Helper()
	var v T
	if r.status != http.StatusOK {
		r.t.Fatalf("%d %s", r.status, r.body)
	}
	must(r.t, json.Unmarshal(r.body, &v))
	return v
}

// refused expects an error with a status and words.
func (r answer) refused(status int, words string) {
	r.t.Helper()
	var e struct {
		Error       string
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(r.body, &e) // shown below where it is none
	if r.status != status || !strings.Contains(e.Description, words) || e.Error == "" {
		r.t.Errorf("%d %s, want %d with %q", r.status, r.body, status, words)
	}
}

// status, account and so on are what the tests look at.
type status struct {
	ID, URI, URL, Content, Visibility, Text string
	Account                                 account
	CreatedAt                               string `json:"created_at"`
	SpoilerText                             string `json:"spoiler_text"`
	Sensitive                               bool
	Language                                string
	Tags                                    []struct{ Name, URL string }
	Media                                   []attachment `json:"media_attachments"`
	Mentions                                []struct{ ID, Acct string }
	InReplyTo                               string `json:"in_reply_to_id"`
	InReplyToAccount                        string `json:"in_reply_to_account_id"`
	Likes                                   int    `json:"favourites_count"`
	Reblogs                                 int    `json:"reblogs_count"`
	Replies                                 int    `json:"replies_count"`
	Favourited, Reblogged                   bool
	Reblog                                  *status
	Rossgram                                struct {
		URI, CID string
		Pending  bool
	}
}

type account struct {
	ID, Username, Acct, URL, Note, Avatar, Header string
	DisplayName                                   string `json:"display_name"`
	StatusesCount                                 int    `json:"statuses_count"`
	FollowersCount                                int    `json:"followers_count"`
	Fields                                        []struct{ Name, Value string }
	Source                                        *struct {
		Note   string
		Fields []struct{ Name, Value string }
	}
	Rossgram struct{ DID, Fingerprint string }
}

type attachment struct {
	ID, Type, URL string
	PreviewURL    string `json:"preview_url"`
	Description   string
	Blurhash      string
	Meta          struct {
		Original, Small struct {
			Width, Height int
			Size          string
			Aspect        float64
		}
		Focus struct{ X, Y float64 }
	}
	Rossgram struct {
		Renditions []file
		Source     *file
		Removed    []string
	}
}

type file struct {
	CID, Type, URL string
	Width, Height  int
	Size           int64
}

type relationship struct {
	ID         string
	Following  bool
	FollowedBy bool `json:"followed_by"`
	Requested  bool
}

// jpegOf is a photo of a size whose colour differs with shade.
func jpegOf(t *testing.T, width, height, shade int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(shade * 40), 255})
		}
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	return b.String()
}

// upload uploads a small photo.
func (a *app) upload(parts ...part) attachment {
	a.t.Helper()
	parts = append(parts, part{"file", "photo.jpg", jpegOf(a.t, 64, 48, 1)})
	return as[attachment](a.multipart("POST", "/api/v2/media", parts...))
}

// post posts a small photo with a caption.
func (a *app) post(caption string) status {
	a.t.Helper()
	return as[status](a.json("POST", "/api/v1/statuses", map[string]any{"status": caption, "media_ids": []string{a.upload().ID}}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
