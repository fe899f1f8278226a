package sync

import (
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/wire"
)

// chain is commits being received, newest first.
type chain struct {
	account content.AccountID
	next    cid.Cid         // the commit expected next; undefined behind the first of a repository
	last    content.Version // of the commit received last
	until   content.Version
	ended   bool // until was reached
	blocks  []content.Block
}

// read takes messages until the peer says there are no more.
func (c *chain) read(w *wire.Conn) error {
	for {
		r, err := readResponse(w)
		if err != nil {
			return err
		}
		if r.Commits == nil || len(r.Commits.Blocks) == 0 {
			return errUnexpected
		}
		for _, b := range r.Commits.Blocks {
			if err := c.add(b); err != nil {
				return err
			}
		}
		if !r.Commits.More {
			return nil
		}
	}
}

// add takes the next commit if it is the one that is expected: named by the one
// before it, of the account, older than the one before it, and asked for.
func (c *chain) add(b []byte) error {
	block, commit, err := decodeCommit(b)
	if err != nil {
		return err
	}
	version := content.Version{Epoch: commit.Epoch, Rev: commit.Rev}
	switch {
	case c.ended, len(c.blocks) >= MaxCommits, !block.CID.Equals(c.next), commit.Account != c.account,
		len(c.blocks) > 0 && version.Compare(c.last) >= 0:
		return errUnexpected
	}
	c.blocks = append(c.blocks, block)
	c.next, c.last = prev(commit), version
	c.ended = version.Compare(c.until) <= 0
	return nil
}
