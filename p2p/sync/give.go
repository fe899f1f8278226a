package sync

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/content/unixfs"
	"rossgram.app/p2p/internal/wire"
)

// giver sends published blocks of the source.
type giver struct {
	*Syncer
	ctx context.Context
	car carWriter
}

// give sends a block if it is here, and returns its bytes, which are valid until
// the next one.
func (g *giver) give(c cid.Cid) (data []byte, here bool, err error) {
	data, err = g.car.block(c, func(b []byte) ([]byte, error) { return g.source.Block(g.ctx, c, b) })
	switch content.KindOf(err) {
	case content.NotFound, content.Corrupt: // a damaged one is as good as none
		return nil, false, nil
	}
	g.counts.sent.Add(int64(len(data)))
	return data, err == nil, err
}

// answerPull sends the head, and in a CAR the commits back to the one that is held,
// the tree's nodes and the records in the order of [mst.Traversal], and the files of
// the newest posts.
func (s *Syncer) answerPull(ctx context.Context, w *wire.Conn, r pullRequest) error {
	account, since, err := known{Account: r.Account, Epoch: r.Epoch, Rev: r.Rev}.parse()
	if err != nil {
		return err
	}
	head, err := s.source.Head(ctx, account)
	if content.KindOf(err) == content.NotFound {
		return w.Fail(wire.NotFound)
	}
	if err != nil {
		return err
	}
	commit, err := dagcbor.Marshal(head.Commit)
	if err != nil {
		return err
	}
	raw, err := dagcbor.Marshal(head)
	if err != nil {
		return err
	}
	if err := w.Write(response{Pull: &pullResponse{raw}}); err != nil {
		return err
	}
	g := &giver{Syncer: s, ctx: ctx, car: carWriter{Conn: w}}
	first := content.NewBlock(content.DagCBOR, commit)
	if err := g.car.header(first.CID); err != nil {
		return err
	}
	if head.Version().Compare(since) > 0 {
		if err := g.news(account, first.CID, head, since, r); err != nil {
			return err
		}
	}
	return g.car.end()
}

// news sends what is new since a version, in its order.
func (g *giver) news(account content.AccountID, commit cid.Cid, head content.Head, since content.Version, r pullRequest) error {
	if err := g.commits(account, commit, since); err != nil {
		return err
	}
	ahead := newest{filesOf: g.filesOf}
	if err := g.tree(head.Commit.Data.Cid, decodePrefixes(r.Have), &ahead); err != nil {
		return err
	}
	return g.files(ahead.files(), int64(r.Ahead))
}

// commits sends an account's commits from one back to the first that is not newer
// than since, as far as they are here.
func (g *giver) commits(account content.AccountID, next cid.Cid, since content.Version) error {
	for range MaxCommits {
		data, here, err := g.give(next)
		if err != nil || !here {
			return err
		}
		_, c, err := decodeCommit(data)
		if err != nil || c.Account != account {
			return err
		}
		next = prev(c)
		if !next.Defined() || (content.Version{Epoch: c.Epoch, Rev: c.Rev}).Compare(since) <= 0 {
			return nil
		}
	}
	return nil
}

// tree sends what the other has not. What is not here is left out, with all that
// is below it.
func (g *giver) tree(root cid.Cid, have prefixes, ahead *newest) error {
	walk := mst.Traverse(mst.Load(nil, root))
	for stop, more := walk.Stop(); more; stop, more = walk.Stop() {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		if have.has(stop.CID) {
			walk.Skip()
			continue
		}
		data, here, err := g.give(stop.CID)
		switch {
		case err != nil:
			return err
		case !here:
			walk.Skip()
		case stop.Node():
			err = walk.Enter(data)
		default:
			ahead.add(data)
			walk.Skip()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// files sends files until their bytes are more than most; that one is sent whole.
func (g *giver) files(files []cid.Cid, most int64) error {
	for _, f := range files {
		if most <= 0 {
			return nil
		}
		n, err := g.file(f, 0)
		if err != nil {
			return err
		}
		most -= n
	}
	return nil
}

// file sends a block and all that is below it, and returns how many bytes that is.
func (g *giver) file(c cid.Cid, depth int) (int64, error) {
	data, here, err := g.give(c)
	if err != nil || !here {
		return 0, err
	}
	size := int64(len(data))
	if depth > unixfs.MaxDepth {
		return size, nil
	}
	for _, below := range unixfs.Links(c, data) {
		n, err := g.file(below, depth+1)
		if err != nil {
			return size, err
		}
		size += n
	}
	return size, nil
}

func (s *Syncer) answerFiles(ctx context.Context, w *wire.Conn, r filesRequest) error {
	if err := w.Write(response{Files: &filesResponse{}}); err != nil {
		return err
	}
	g := &giver{Syncer: s, ctx: ctx, car: carWriter{Conn: w}}
	if err := g.car.header(r.Files[0].Cid); err != nil {
		return err
	}
	for _, f := range r.Files {
		if _, err := g.file(f.Cid, 0); err != nil {
			return err
		}
	}
	return g.car.end()
}
