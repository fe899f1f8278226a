package mirror

import (
	"context"
	"math/rand/v2"

	"rossgram.app/content"
	"rossgram.app/content/store"
	protocol "rossgram.app/p2p/mirror"
)

// finding is what came of asking a node about an account.
type finding struct {
	holds    bool // it holds some of it
	complete bool // it holds all that it is expected to
	stored   bool // there are new receipts
}

// askAfter asks a node what it holds of a hosted account: of all posts, or of the
// newest. Its receipts are kept if it shows that it has a sample of what it claims;
// if it does not, none of its receipts count.
func (m *Mirrors) askAfter(ctx context.Context, p pair, full bool) (finding, error) {
	chunks, err := m.chunks(ctx, p.account)
	if err != nil || len(chunks) == 0 {
		return finding{}, err
	}
	ask := chunks
	if !full {
		ask = chunks[len(chunks)-1:]
	}
	var receipts []protocol.Receipt
	for _, posts := range ask {
		r, err := m.speaker.Receipt(ctx, p.node, p.account, posts)
		if content.KindOf(err) == content.NotFound {
			return finding{stored: true}, m.forget(ctx, p, nil)
		}
		if err != nil {
			return finding{holds: len(receipts) > 0}, err
		}
		receipts = append(receipts, r)
	}
	honest, err := m.sample(ctx, p, receipts)
	if err != nil {
		return finding{holds: true}, err
	}
	if !honest {
		m.Log.Warn("a node claims to hold what it does not", "peer", p.node, "account", p.account)
		return finding{stored: true}, m.forget(ctx, p, nil)
	}
	f := finding{holds: true, complete: m.complete(p, receipts)}
	if f.stored, err = m.keepReceipts(ctx, p, receipts); err != nil || !full {
		return f, err
	}
	return f, m.forget(ctx, p, chunks)
}

// complete reports whether a node has all photos, and a mirror the sources too.
func (m *Mirrors) complete(p pair, receipts []protocol.Receipt) bool {
	m.mu.Lock()
	least := protocol.Renditions
	if m.wanted[p].State == protocol.Accepted {
		least = protocol.Whole
	}
	m.mu.Unlock()
	for _, r := range receipts {
		for _, l := range r.Levels {
			if l < least {
				return false
			}
		}
	}
	return true
}

// sample has a node show that it holds a few blocks, chosen at random, of what it
// says it holds. Nothing claimed is nothing to show.
func (m *Mirrors) sample(ctx context.Context, p pair, receipts []protocol.Receipt) (bool, error) {
	type claim struct {
		post  protocol.Post
		level protocol.Level
	}
	var claims []claim
	for _, r := range receipts {
		for i, l := range r.Levels {
			if l > protocol.Nothing {
				claims = append(claims, claim{r.Posts[i], l})
			}
		}
	}
	rand.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
	var blocks []content.Block
	for _, c := range claims[:min(len(claims), protocol.MaxSamples)] {
		b, err := m.blockOf(ctx, c.post, c.level)
		if content.KindOf(err) == content.NotFound {
			continue // it is gone, or damaged here
		}
		if err != nil {
			return false, err
		}
		blocks = append(blocks, b)
	}
	if len(blocks) == 0 {
		return true, nil
	}
	honest, err := m.speaker.Sample(ctx, p.node, blocks)
	if content.KindOf(err) == content.NotFound {
		return m.gone(ctx, blocks), nil
	}
	return honest, err
}

// gone reports whether a block that was asked for is not published here any more:
// then it is no wonder that others lack it.
func (m *Mirrors) gone(ctx context.Context, blocks []content.Block) bool {
	for _, b := range blocks {
		if has, err := m.Store.Published().Has(ctx, b.CID); err != nil || !has {
			return true
		}
	}
	return false
}

// blockOf returns a block, chosen at random, of those that hold a post at a level.
func (m *Mirrors) blockOf(ctx context.Context, p protocol.Post, level protocol.Level) (content.Block, error) {
	cids, err := m.blocksOf(ctx, p.Record, level)
	if err != nil {
		return content.Block{}, err
	}
	c := cids[rand.IntN(len(cids))]
	data, err := m.Store.Get(ctx, c)
	return content.Block{CID: c, Data: data}, err
}

// keepReceipts remembers receipts, unless those of too many nodes are.
func (m *Mirrors) keepReceipts(ctx context.Context, p pair, receipts []protocol.Receipt) (bool, error) {
	if err := m.makeRoomFor(ctx, p); err != nil || !m.mayHear(p) {
		return false, err
	}
	for _, r := range receipts {
		b, err := r.Encode()
		if err == nil {
			err = m.set(ctx, p.receiptKey(r.Posts[0].TID), b)
		}
		if err != nil {
			return false, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard[p] = m.Now()
	return true, nil
}

// mayHear reports whether a node is among those whose receipts are kept.
func (m *Mirrors) mayHear(p pair) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, known := m.heard[p]
	return known || m.countHeard(p.account) < maxNodes
}

// countHeard is called with the mirrors locked.
func (m *Mirrors) countHeard(id content.AccountID) (n int) {
	for q := range m.heard {
		if q.account == id {
			n++
		}
	}
	return n
}

// makeRoomFor forgets whose receipts are too old, and for a mirror of one's own the
// node that is no mirror and was heard of longest ago.
func (m *Mirrors) makeRoomFor(ctx context.Context, p pair) error {
	var old []pair
	var last pair
	m.mu.Lock()
	_, wanted := m.wanted[p]
	for q, at := range m.heard {
		_, mirror := m.wanted[q]
		switch {
		case q == p:
		case m.Now().Sub(at) > ReceiptLife:
			old = append(old, q)
		case q.account == p.account && !mirror && (last.node == "" || at.Before(m.heard[last])):
			last = q
		}
	}
	if _, known := m.heard[p]; wanted && !known && m.countHeard(p.account)-len(old) >= maxNodes && last.node != "" {
		old = append(old, last)
	}
	m.mu.Unlock()
	for _, q := range old {
		if err := m.forget(ctx, q, nil); err != nil {
			return err
		}
	}
	return nil
}

// forget drops a node's receipts for an account, but those that begin as one of the
// chunks does.
func (m *Mirrors) forget(ctx context.Context, p pair, keep [][]protocol.Post) error {
	firsts := make(map[content.TID]bool, len(keep))
	for _, posts := range keep {
		firsts[posts[0].TID] = true
	}
	err := m.room.Update(ctx, func(tx *store.Tx) error {
		var drop [][]byte
		err := tx.Scan(store.Span{Prefix: p.key(tagReceipt), KeysOnly: true}, func(k, _ []byte) bool {
			if q, first, ok := parseReceiptKey(k); ok && q == p && !firsts[first] {
				drop = append(drop, append([]byte(nil), k...))
			}
			return true
		})
		for _, k := range drop {
			if err == nil {
				err = tx.Delete(k)
			}
		}
		return err
	})
	if err != nil || len(keep) > 0 {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.heard, p)
	return nil
}
