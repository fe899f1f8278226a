package mirror

import (
	"context"
	"encoding/hex"

	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/content/unixfs"
	protocol "rossgram.app/p2p/mirror"
)

type recordChange = repo.RecordChange

// source answers peers: [protocol.Source].
type source struct{ *Mirrors }

// Wished takes the wish of an account's owner.
func (s source) Wished(ctx context.Context, from peer.ID, w protocol.Wish) (protocol.Answer, error) {
	return s.wished(ctx, from, w)
}

// Changed asks a node again that was asked before.
func (s source) Changed(_ context.Context, from peer.ID, account content.AccountID) {
	s.mu.Lock()
	w, ok := s.wanted[pair{account, from}]
	s.mu.Unlock()
	if !ok {
		return
	}
	s.own(func(ctx context.Context) {
		if _, err := s.say(ctx, w); err != nil && ctx.Err() == nil {
			s.Log.Warn("what a mirror answers can't be noted", "peer", from, "error", err)
		}
	})
}

// Holds says how much of posts is published here.
func (s source) Holds(ctx context.Context, account content.AccountID, posts []protocol.Post) (content.Version, []protocol.Level, error) {
	view, err := s.Replica.View(ctx, account)
	if err != nil {
		return content.Version{}, nil, err
	}
	levels := make([]protocol.Level, len(posts))
	for i, p := range posts {
		c, err := view.CID(ctx, content.NewPath(content.CollectionPost, p.TID.String()))
		if content.KindOf(err) == content.NotFound || err == nil && !c.Equals(p.Record) {
			continue
		}
		if err == nil {
			levels[i], err = s.levelOf(ctx, view, p)
		}
		if err != nil {
			return content.Version{}, nil, err
		}
	}
	return view.Head().Version(), levels, nil
}

// Block returns a published block.
func (s source) Block(ctx context.Context, c cid.Cid) ([]byte, error) {
	b, err := s.Store.Published().Get(ctx, c)
	if ipld.IsNotFound(err) {
		return nil, content.E("mirror.Block", content.NotFound, err)
	}
	if err != nil {
		return nil, err
	}
	return b.RawData(), nil
}

// levelOf says how much of a post of a view is published here. One whose responses
// miss pages is not whole.
func (m *Mirrors) levelOf(ctx context.Context, view *repo.View, p protocol.Post) (protocol.Level, error) {
	at, err := m.level(ctx, p.Record)
	if err != nil || at != protocol.Whole {
		return at, err
	}
	responses, err := view.Get(ctx, content.NewPath(content.CollectionResponses, p.TID.String()))
	if content.KindOf(err) == content.NotFound {
		return at, nil
	}
	if err != nil {
		return protocol.Renditions, err
	}
	rec, err := record.Decode(responses.Data)
	if err != nil {
		return at, nil // it refers to nothing
	}
	for _, page := range record.Pages(rec) {
		if has, err := m.Store.Published().Has(ctx, page); err != nil || !has {
			return protocol.Renditions, err
		}
	}
	return at, nil
}

// level says how much of a post is published here.
func (m *Mirrors) level(ctx context.Context, c cid.Cid) (protocol.Level, error) {
	at := protocol.Nothing
	for _, l := range []protocol.Level{protocol.Records, protocol.Renditions, protocol.Whole} {
		blocks, err := m.blocksOf(ctx, c, l)
		if content.KindOf(err) == content.NotFound {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		for _, b := range blocks {
			if has, err := m.Store.Published().Has(ctx, b); err != nil || !has {
				return at, err
			}
		}
		at = l
	}
	return at, nil
}

// blocksOf lists the blocks that a level adds to the one below it, as far as they
// are known; for a level that adds none, those of the one below. Kind NotFound if
// the record is not here.
func (m *Mirrors) blocksOf(ctx context.Context, c cid.Cid, level protocol.Level) ([]cid.Cid, error) {
	data, err := m.Store.Get(ctx, c)
	if err != nil || level == protocol.Records {
		return []cid.Cid{c}, err
	}
	rec, err := record.Decode(data)
	if err != nil {
		return nil, content.E("mirror.blocksOf", content.NotFound, err) // nothing more can be held of it
	}
	sources := record.Sources(rec)
	files := record.Files(rec)
	files = files[:len(files)-len(sources)] // sources come last
	if level == protocol.Whole && len(sources) > 0 {
		files = sources
	}
	var blocks []cid.Cid
	for _, f := range files {
		below, err := unixfs.Blocks(ctx, m.Store, f.CID.Cid)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, below...)
	}
	return blocks, nil
}

// chunks lists the newest posts of a hosted account, in rising order and in parts
// that stay the same while posts are added.
func (m *Mirrors) chunks(ctx context.Context, account content.AccountID) ([][]protocol.Post, error) {
	view, err := m.Replica.View(ctx, account)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var posts []protocol.Post
	for e, err := range view.List(ctx, content.CollectionPost, mst.Forward, "") {
		if err != nil {
			return nil, err
		}
		if tid, err := content.ParseTID(e.Path.RecordKey()); err == nil {
			posts = append(posts, protocol.Post{TID: tid, Record: e.CID})
		}
	}
	var chunks [][]protocol.Post
	for len(posts) > 0 {
		n := min(len(posts), protocol.MaxPosts)
		chunks, posts = append(chunks, posts[:n]), posts[n:]
	}
	return chunks[max(0, len(chunks)-maxPosts/protocol.MaxPosts):], nil
}

// nodeOf reads the record key of a mirror.
func nodeOf(key string) (peer.ID, error) {
	b, err := hex.DecodeString(key)
	if err != nil {
		return "", err
	}
	return peer.IDFromBytes(b)
}
