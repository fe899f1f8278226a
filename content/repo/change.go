package repo

import (
	"context"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
)

// Change is one step of a repository.
type Change struct {
	Head, Prev content.Head // Prev is zero for the first step
	// Blocks are the new tree nodes, children before parents, the new records,
	// and last the commit.
	Blocks []content.Block
	// Nodes are the CIDs that became part of the repository and are no records:
	// tree nodes and the commit.
	Nodes []cid.Cid
	// Dropped are tree nodes that are no part of it any more. Commits stay: they
	// prove that later ones succeed earlier ones.
	Dropped []cid.Cid
	Records []RecordChange // in the order of paths
}

// RecordChange is a record that differs between two states; an undefined CID
// stands for "not there".
type RecordChange struct {
	Path     content.Path
	Old, New cid.Cid
}

// NewChange compares two states of one repository, both of which src has the
// trees of. Records of paths that no repository of ours may have are an error
// of kind Invalid. Blocks is left empty. The zero Head as prev stands for
// "nothing yet".
func NewChange(ctx context.Context, src Source, prev, head content.Head) (*Change, error) {
	return newChange(ctx, prev, head, NewView(src, prev).tree, NewView(src, head).tree)
}

func newChange(ctx context.Context, prev, head content.Head, before, after *mst.Tree) (*Change, error) {
	const op = "repo.NewChange"
	diff, err := mst.Diff(ctx, before, after)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	commit, err := CommitBlock(head.Commit)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	c := &Change{Head: head, Prev: prev, Nodes: append(diff.Added, commit.CID), Dropped: diff.Dropped}
	for _, d := range diff.Changes {
		p := content.Path(d.Key)
		if err := p.Validate(); err != nil {
			return nil, content.E(op, content.Invalid, err)
		}
		c.Records = append(c.Records, RecordChange{p, d.Old, d.New})
	}
	return c, nil
}

// apply is one turn of the writer.
func (r *Repo) apply(ctx context.Context, ops []Op) (*Change, error) {
	const op = "repo.Apply"
	prev, before := r.Head(), r.View().tree
	after, err := applyOps(ctx, r.View().tree, ops)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	root, nodes, err := after.Seal()
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if prev.Commit.Epoch == r.cfg.Certificate.Epoch && prev.Commit.Data.Equals(root) {
		return &Change{Head: prev, Prev: prev}, nil
	}
	head, err := r.sign(prev, root)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	change, err := newChange(ctx, prev, head, before, after)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := change.collect(nodes, ops); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := r.cfg.Journal.Publish(ctx, change); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	r.head.Store(&head)
	return change, nil
}

func applyOps(ctx context.Context, tree *mst.Tree, ops []Op) (*mst.Tree, error) {
	if len(ops) > MaxOps {
		return nil, content.Errorf("repo.Op", content.TooLarge, "over 4,096 changes in one commit")
	}
	for _, o := range ops {
		if err := o.validate(); err != nil {
			return nil, err
		}
	}
	var err error
	for _, o := range ops {
		if tree, err = o.apply(ctx, tree); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// sign makes the head that follows prev with a new root.
func (r *Repo) sign(prev content.Head, root cid.Cid) (content.Head, error) {
	cert := r.cfg.Certificate
	c := content.Commit{
		Version: content.CommitVersion, Account: cert.Account, Epoch: cert.Epoch,
		Rev: r.clock.Next(r.cfg.Now(), prev.Commit.Rev), Data: dagcbor.Link{Cid: root},
	}
	if c.Rev <= prev.Commit.Rev {
		return content.Head{}, content.Errorf("repo.sign", content.Invalid, "the last commit is dated at the end of time")
	}
	if started(prev) {
		b, err := CommitBlock(prev.Commit)
		if err != nil {
			return content.Head{}, err
		}
		c.Prev = dagcbor.LinkTo(b.CID)
	}
	h, err := Sign(c, cert, r.cfg.Signer)
	if err != nil {
		return content.Head{}, err
	}
	_, err = EncodeHead(h)
	return h, err
}

// collect gathers the blocks of the change: of the nodes and records that were
// made on the way, those that last.
func (c *Change) collect(nodes []content.Block, ops []Op) error {
	wanted := make(map[cid.Cid]bool)
	for _, n := range c.Nodes {
		wanted[n] = true
	}
	for _, rc := range c.Records {
		wanted[rc.New] = true
	}
	keep := func(b content.Block) {
		if wanted[b.CID] {
			delete(wanted, b.CID)
			c.Blocks = append(c.Blocks, b)
		}
	}
	for _, b := range nodes {
		keep(b)
	}
	for _, o := range ops {
		if o.Record != nil {
			keep(*o.Record)
		}
	}
	commit, err := CommitBlock(c.Head.Commit)
	if err != nil {
		return err
	}
	keep(commit)
	return nil
}
