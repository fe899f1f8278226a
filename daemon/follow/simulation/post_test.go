package simulation

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// renditions are the widths of a photo, and bytes of each: a small and a middle
// one of a telephone's picture.
var renditions = []struct{ width, bytes int }{{320, 25 << 10}, {1080, 120 << 10}}

// clock makes the keys of posts.
var clock = content.NewTIDClock()

// post publishes a photo. It has happened once published has been told its name,
// which is before others can hear of it.
func (n *node) post(ctx context.Context, publishing func(content.Path, []cid.Cid)) error {
	photo := record.Photo{Width: 1080, Height: 810}
	var files []cid.Cid
	for _, r := range renditions {
		data := make([]byte, r.bytes)
		rand.Read(data)
		b := content.NewBlock(content.Raw, data)
		if err := n.store.Put(ctx, b); err != nil {
			return err
		}
		files = append(files, b.CID)
		photo.Renditions = append(photo.Renditions, record.File{
			CID: dagcbor.Link{Cid: b.CID}, Size: int64(r.bytes), Type: record.JPEG, Width: r.width, Height: r.width * 3 / 4,
		})
	}
	path := content.NewPath(content.CollectionPost, clock.Next(time.Now(), 0).String())
	b, err := record.Encode(&record.Post{Caption: "a photo", Photos: []record.Photo{photo}, Created: record.TimeOf(time.Now())})
	if err != nil {
		return err
	}
	publishing(path, files)
	_, err = n.hosted.Apply(ctx, []repo.Op{repo.Put(path, b, repo.Anything())})
	return err
}

// follow says that accounts are followed, and where they are.
func (n *node) follow(ctx context.Context, whom ...home) error {
	var ops []repo.Op
	for _, w := range whom {
		b, err := record.Encode(&record.Follow{Subject: w.id(), Created: record.TimeOf(time.Now())})
		if err != nil {
			return err
		}
		ops = append(ops, repo.Put(content.NewPath(content.CollectionFollow, record.FollowKey(w.id())), b, repo.Anything()))
	}
	_, err := n.hosted.Apply(ctx, ops)
	return err
}

// has reports whether all of these files are here, for others too.
func (n *node) has(ctx context.Context, files []cid.Cid) bool {
	for _, c := range files {
		if ok, err := n.store.Published().Has(ctx, c); err != nil || !ok {
			return false
		}
	}
	return true
}
