package cli

import (
	"image/color"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// fillHome makes a home with so many posts, a minute apart. They show one photo,
// which was posted as usual; the others are committed without the HTTP API, a
// thousand at a time, since uploading each would take half an hour.
func fillHome(b *testing.B, home string, posts int) {
	b.Helper()
	p := perform(b, home)
	first := p.post(b, draw(hueOf(0)), "the first")
	p.end(syscall.SIGTERM)

	st, err := store.Open(b.Context(), home, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	dirs, err := keys.ListKeyrings(filepath.Join(home, "accounts"))
	if err != nil {
		b.Fatal(err)
	}
	ring, err := keys.OpenKeyring(dirs[0])
	if err != nil {
		b.Fatal(err)
	}
	repos := replica.New(st, time.Now)
	defer repos.Close()
	h, err := repos.Host(b.Context(), ring)
	if err != nil {
		b.Fatal(err)
	}
	post := readPost(b, repos, first.Rossgram.URI)
	var ops []repo.Op
	for i := 1; i < posts; i++ {
		at := post.Created.Time().Add(-time.Minute)
		post.Created = record.TimeOf(at)
		block, err := record.Encode(post)
		if err != nil {
			b.Fatal(err)
		}
		path := content.NewPath(content.CollectionPost, content.NewTID(at, 0).String())
		if ops = append(ops, repo.Put(path, block, repo.Absent())); len(ops) == 1000 || i == posts-1 {
			if _, err := h.Apply(b.Context(), ops); err != nil {
				b.Fatal(err)
			}
			ops = nil
		}
	}
}

func readPost(b *testing.B, repos *replica.Replica, uri string) *record.Post {
	b.Helper()
	u, err := content.ParseURI(uri)
	if err != nil {
		b.Fatal(err)
	}
	v, err := repos.View(b.Context(), u.Account)
	if err != nil {
		b.Fatal(err)
	}
	block, err := v.Get(b.Context(), u.Path)
	if err != nil {
		b.Fatal(err)
	}
	rec, err := record.Decode(block.Data)
	if err != nil {
		b.Fatal(err)
	}
	return rec.(*record.Post)
}

func hueOf(i int) color.RGBA { return color.RGBA{uint8(40 * i), uint8(200 - 20*i), 90, 255} }
