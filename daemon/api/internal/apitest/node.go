// Package apitest makes what tests of the HTTP API need: an account with a
// profile on a real store, its photos and posts, and a client of a real router.
// It is imported by tests only.
package apitest

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
)

// Node is one account's node without a network.
type Node struct {
	t         testing.TB
	Owner     content.AccountID
	Keyring   *keys.Keyring
	Store     *store.Store
	Index     *index.Index
	Replica   *replica.Replica
	Publisher *publish.Publisher
	Access    *access.Access
	Router    *rest.Router
	// Token may do everything.
	Token string
}

// New makes a node whose owner has a name. It is closed with the test.
func New(t testing.TB, name string) *Node {
	t.Helper()
	home := t.TempDir()
	n := &Node{t: t, Keyring: keyring(t)}
	n.Owner = n.Keyring.ID()
	n.Store = Must(store.Open(t.Context(), home, store.Options{Reserve: 1}))(t)
	t.Cleanup(func() { Check(t, n.Store.Close()) })
	n.Index = Must(index.Open(t.Context(), n.Store.Index(), n.Store.State().Bucket("index/"), n.Store, []content.AccountID{n.Owner}))(t)
	n.Replica = replica.New(n.Store, time.Now, func(ctx context.Context, u replica.Update) error {
		return n.Index.Apply(ctx, u.Account, u.Prev.Version(), u.Head.Version(), u.Records)
	})
	t.Cleanup(func() { Check(t, n.Replica.Close()) })
	Must(n.Replica.Host(t.Context(), n.Keyring))(t)
	n.Publisher = Must(publish.Open(t.Context(), publish.Parts{
		Replica: n.Replica, Store: n.Store, Photos: photo.New(), Spool: t.TempDir(), Now: time.Now, Known: n.Index,
	}))(t)
	Check(t, n.Publisher.UpdateProfile(t.Context(), n.Owner, publish.ProfileChange{Name: &name}))
	n.Access = Must(access.Open(t.Context(), n.Store.State().Bucket("access/"), time.Now))(t)
	n.Token = n.Access.Local(n.Owner)
	n.Router = rest.New(n.Access, rest.Hosts{}, slog.New(slog.DiscardHandler))
	return n
}

func keyring(t testing.TB) *keys.Keyring {
	phrase := Must(keys.NewPhrase())(t)
	return Must(keys.CreateKeyring(t.TempDir(), phrase, false, time.Now()))(t)
}

// TokenFor returns the secret of a token with some scopes.
func (n *Node) TokenFor(scopes ...access.Scope) string {
	n.t.Helper()
	_, secret, err := n.Access.Create(n.t.Context(), n.Owner, n.t.Name()+time.Now().String(), scopes)
	Check(n.t, err)
	return secret
}

// Upload takes in a photo that is not posted.
func (n *Node) Upload(width, height int) publish.Media {
	n.t.Helper()
	opts := publish.UploadOptions{Options: photo.Options{KeepSource: true}}
	return Must(n.Publisher.Upload(n.t.Context(), n.Owner, bytes.NewReader(Noise(n.t, width, height)), opts))(n.t)
}

// Post posts uploads with a caption.
func (n *Node) Post(caption string, media ...publish.Media) index.Entry {
	n.t.Helper()
	d := publish.Draft{Caption: caption}
	for _, m := range media {
		d.Media = append(d.Media, m.ID)
	}
	uri := Must(n.Publisher.Post(n.t.Context(), n.Owner, d, ""))(n.t)
	return Must(n.Index.PostByURI(n.t.Context(), uri))(n.t)
}

// Publish puts a record of a kind of its own into the owner's repository, so that
// it is published with the blocks it is said to refer to.
func (n *Node) Publish(files ...content.Block) {
	n.t.Helper()
	uri := n.Post("", n.Upload(40, 30)).URI
	pins := make([]store.Pin, len(files))
	for i, b := range files {
		pins[i] = store.Pin{CID: b.CID, Referrer: uri.Path}
	}
	Check(n.t, n.Store.Put(n.t.Context(), files...))
	Check(n.t, n.Store.Pin(n.t.Context(), n.Owner, pins))
}

// Largest returns the widest rendition of a photo.
func Largest(p record.Photo) record.File { return p.Renditions[len(p.Renditions)-1] }

// Noise returns a JPEG of a byte a pixel and more, another one each time.
func Noise(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{Y: uint8(rand.Uint32())}.Y
	}
	var b bytes.Buffer
	Check(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}))
	return b.Bytes()
}

// Must returns what a call returned, and ends the test if it failed.
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		Check(t, err)
		return v
	}
}

// Check ends the test on an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
