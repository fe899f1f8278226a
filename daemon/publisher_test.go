package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// publisher is a node that hosts many accounts and follows nobody.
type publisher struct {
	t        *testing.T
	store    *store.Store
	replica  *replica.Replica
	host     *p2p.Host
	announce *announce.Announcer
	exchange *exchange.Exchange
	accounts []*replica.Hosted
	posts    map[content.AccountID][]picture
	clock    *content.TIDClock
	random   *rand.ChaCha8
}

// picture is a post with one photo, by its renditions from the smallest.
type picture struct {
	path  content.Path
	files []cid.Cid
}

// The renditions of a photo, in bytes: as large as those of a camera's photo.
var pictureSizes = []int{40 << 10, 160 << 10, 600 << 10}

const pictureBytes = 800 << 10

func newPublisher(t *testing.T, accounts int) *publisher {
	t.Helper()
	p := &publisher{t: t, posts: make(map[content.AccountID][]picture), clock: content.NewTIDClock(), random: rand.NewChaCha8([32]byte{1})}
	dir := t.TempDir()
	var err error
	p.store, err = store.Open(t.Context(), filepath.Join(dir, "store"), store.Options{Reserve: 1 << 20})
	must(t, err)
	p.replica = replica.New(p.store, time.Now, p.tell)
	for range accounts {
		phrase, err := keys.NewPhrase()
		must(t, err)
		ring, err := keys.CreateKeyring(filepath.Join(dir, "accounts"), phrase, false, time.Now())
		must(t, err)
		h, err := p.replica.Host(t.Context(), ring)
		must(t, err)
		p.accounts = append(p.accounts, h)
	}
	p.join(dir)
	return p
}

// join brings the node onto the network.
func (p *publisher) join(dir string) {
	t := p.t
	t.Helper()
	key, err := p2p.LoadOrCreateKey(filepath.Join(dir, "node.key"))
	must(t, err)
	p.host, err = p2p.New(t.Context(), p2p.Config{Key: key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))})
	must(t, err)
	s, err := syncing.New(p.host.Libp2p(), syncing.Config{Source: p, Verify: repo.VerifyHead})
	must(t, err)
	p.exchange, err = exchange.New(p.host.Libp2p(), exchange.Config{Published: p.store.Published()})
	must(t, err)
	p.announce, err = announce.New(p.host.Libp2p(), announce.Config{Verify: repo.VerifyHead, Judge: nothingHeld{}})
	must(t, err)
	for _, a := range p.accounts {
		must(t, p.announce.Subscribe(a.ID()))
	}
	must(t, p.host.Listen())
	t.Cleanup(func() {
		for _, c := range []io.Closer{p.announce, p.exchange, s, p.host, p.replica, p.store} {
			must(t, c.Close())
		}
	})
}

type nothingHeld struct{}

func (nothingHeld) Judge(content.Head) announce.Verdict { return announce.Known }

// tell announces a step; it is a [replica.Watcher].
func (p *publisher) tell(ctx context.Context, u replica.Update) error {
	if p.announce == nil {
		return nil
	}
	return p.announce.Publish(ctx, u.Head, u.Blocks)
}

// Head implements [syncing.Source].
func (p *publisher) Head(ctx context.Context, id content.AccountID) (content.Head, error) {
	return p.replica.Head(ctx, id)
}

// Commit implements [syncing.Source].
func (p *publisher) Commit(ctx context.Context, _ content.AccountID, c cid.Cid) (content.Block, error) {
	data, err := p.store.Get(ctx, c)
	return content.Block{CID: c, Data: data}, err
}

// Block implements [syncing.Source].
func (p *publisher) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	return p.store.AppendPublished(ctx, c, b)
}

// post makes posts of an account, in one commit.
func (p *publisher) post(h *replica.Hosted, n int) {
	p.t.Helper()
	var ops []repo.Op
	for range n {
		post := picture{path: content.NewPath(content.CollectionPost, p.clock.Next(time.Now(), 0).String())}
		photo := record.Photo{Width: 1080, Height: 720}
		for i, size := range pictureSizes {
			data := make([]byte, size)
			p.random.Read(data)
			b := content.NewBlock(content.Raw, data)
			must(p.t, p.store.Put(p.t.Context(), b))
			post.files = append(post.files, b.CID)
			photo.Renditions = append(photo.Renditions, record.File{
				CID: dagcbor.Link{Cid: b.CID}, Size: int64(size), Type: record.JPEG, Width: 320 * (i + 1), Height: 200 * (i + 1),
			})
		}
		b, err := record.Encode(&record.Post{Caption: "a photo", Photos: []record.Photo{photo}, Created: record.TimeOf(time.Now())})
		must(p.t, err)
		ops = append(ops, repo.Put(post.path, b, repo.Absent()))
		p.posts[h.ID()] = append(p.posts[h.ID()], post)
	}
	_, err := h.Apply(p.t.Context(), ops)
	must(p.t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reader is a node as its owner uses it.
type reader struct {
	t    *testing.T
	home string
	node *daemon.Node
}

// call has a route answer to the home's own token.
func (r *reader) call(method, path string, in, out any) int {
	r.t.Helper()
	body, err := json.Marshal(in)
	must(r.t, err)
	code, answer := r.send(method, path, "application/json", body)
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			r.t.Fatalf("%s %s: %d %s", method, path, code, answer)
		}
	}
	return code
}

func (r *reader) send(method, path, contentType string, body []byte) (int, []byte) {
	r.t.Helper()
	api, _ := r.node.Ready()
	req, err := http.NewRequestWithContext(r.t.Context(), method, api+path, bytes.NewReader(body))
	must(r.t, err)
	token, err := os.ReadFile(filepath.Join(r.home, "token"))
	must(r.t, err)
	req.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	must(r.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(r.t, err)
	return res.StatusCode, answer
}

// has reports whether a file is here, without fetching it.
func (r *reader) has(c cid.Cid) bool {
	r.t.Helper()
	return r.call(http.MethodHead, "/ipfs/"+c.String(), nil, nil) == http.StatusOK
}

// current waits until all that is to be here of so many accounts is.
func (r *reader) current(follows int) {
	r.t.Helper()
	var list []struct{ Phase, Error string }
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		list = nil
		r.call(http.MethodGet, "/api/rossgram/v1/follows", nil, &list)
		n := 0
		for _, f := range list {
			if f.Phase == "current" {
				n++
			}
		}
		if n == follows {
			return
		}
	}
	r.t.Fatalf("follows are not current: %+v", list)
}

func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}
