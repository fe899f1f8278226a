package budget

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	syncing "rossgram.app/p2p/sync"
)

// filed is a file of a record and its class.
type filed struct {
	record.File
	class class
}

// classify returns the files of a record.
func classify(r record.Record) []filed {
	all := record.Files(r)
	sources := len(all) - len(record.Sources(r)) // they come last
	first := make(map[cid.Cid]bool)
	for _, f := range record.Smallest(r) {
		first[f.CID.Cid] = true
	}
	files := make([]filed, len(all))
	for i, f := range all {
		files[i] = filed{f, large}
		switch {
		case i >= sources:
			files[i].class = source
		case first[f.CID.Cid]:
			files[i].class = small
		}
	}
	return files
}

// eachPost calls f with the posts of an account, the newest first, until it fails.
// What can't be read has no files.
func (b *Budget) eachPost(ctx context.Context, id content.AccountID, f func(content.Path, record.Record) error) error {
	view, err := b.Replica.View(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for e, err := range view.List(ctx, content.CollectionPost, mst.Backward, "") {
		if err != nil {
			return err
		}
		data, err := b.Store.Get(ctx, e.CID)
		if kind := content.KindOf(err); kind == content.NotFound || kind == content.Corrupt {
			continue
		}
		if err != nil {
			return err
		}
		rec, err := record.Decode(data)
		if err != nil {
			continue
		}
		if err := f(e.Path, rec); err != nil {
			return err
		}
	}
	return nil
}

// posts returns the sizes of an account's posts, the newest first: of those files
// that are fetched without being asked for, if there is room.
func (b *Budget) posts(ctx context.Context, id content.AccountID) ([]postSizes, error) {
	var posts []postSizes
	err := b.eachPost(ctx, id, func(path content.Path, rec record.Record) error {
		p := postSizes{key: keyOf(path)}
		for _, f := range classify(rec) {
			if f.class != source || b.Sources {
				p.bytes[f.class] += max(f.Size, 0)
			}
		}
		posts = append(posts, p)
		return nil
	})
	return posts, err
}

// keyOf is the TID of a post; one that has none counts as older than all.
func keyOf(path content.Path) content.TID {
	key, err := content.ParseTID(path.RecordKey())
	if err != nil {
		return 0
	}
	return key
}

// recently is how far back [syncing.Size] looks for recent posts.
const recently = 30 * 24 * time.Hour

// maxFile is more than any file has, whatever its record says.
const maxFile = 1 << 30

// survey counts an account as its records say it is, whether its files are here or
// not.
func (b *Budget) survey(ctx context.Context, id content.AccountID) (syncing.Size, error) {
	var s syncing.Size
	held, err := b.Store.Sizes(ctx, id)
	if err != nil {
		return s, err
	}
	s.Records = held.Records
	since := content.NewTID(b.Now().Add(-recently), 0)
	err = b.eachPost(ctx, id, func(path content.Path, rec record.Record) error {
		s.Posts++
		if keyOf(path) >= since {
			s.Recent++
		}
		for _, f := range classify(rec) {
			n := min(max(f.Size, 0), maxFile)
			switch f.class {
			case small:
				s.Smallest += n
				s.Renditions += n
			case large:
				s.Renditions += n
			case source:
				s.Sources += n
			}
		}
		return nil
	})
	return s, err
}
