package mirror

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/store"
	protocol "rossgram.app/p2p/mirror"
)

// Holder is a node that says it holds a post.
type Holder struct {
	Node   peer.ID
	Level  protocol.Level
	Time   time.Time // of the receipt
	Mirror bool      // it has promised to keep the account
}

// Holders returns which other nodes have said lately that they hold a post of a
// hosted account in the version named, the latest first.
func (m *Mirrors) Holders(ctx context.Context, account content.AccountID, p protocol.Post) ([]Holder, error) {
	var found []Holder
	err := m.eachReceipt(ctx, account, func(r protocol.Receipt) {
		if i := slices.Index(r.Posts, p); i >= 0 && r.Levels[i] > protocol.Nothing {
			found = append(found, Holder{Node: r.Node, Level: r.Levels[i], Time: r.Time})
		}
	})
	if err != nil {
		return nil, content.E("mirror.Holders", content.Other, err)
	}
	return m.newest(account, found), nil
}

// newest sorts holders, and names each once.
func (m *Mirrors) newest(account content.AccountID, found []Holder) []Holder {
	slices.SortStableFunc(found, func(a, b Holder) int { return b.Time.Compare(a.Time) })
	seen := make(map[peer.ID]bool)
	found = slices.DeleteFunc(found, func(h Holder) bool {
		again := seen[h.Node]
		seen[h.Node] = true
		return again
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, h := range found {
		found[i].Mirror = m.wanted[pair{account, h.Node}].State == protocol.Accepted
	}
	return found
}

// eachReceipt calls f with every receipt for an account that counts yet.
func (m *Mirrors) eachReceipt(ctx context.Context, account content.AccountID, f func(protocol.Receipt)) error {
	return m.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: accountKey(tagReceipt, account)}, func(_, v []byte) bool {
			r, err := protocol.DecodeReceipt(slices.Clone(v))
			if err == nil && m.Now().Sub(r.Time) <= ReceiptLife {
				f(r)
			}
			return ctx.Err() == nil
		})
	})
}

// Look asks those connected who may hold a post, now, and returns what they say. Of
// a hosted account it is what [Mirrors.Holders] returns afterwards; of others it is
// not kept, and not sampled where this node has nothing to compare with.
func (m *Mirrors) Look(ctx context.Context, account content.AccountID, p protocol.Post) ([]Holder, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var mu sync.Mutex
	var found []Holder
	var all sync.WaitGroup
	slots := make(chan struct{}, asksAtOnce)
	for _, node := range m.candidates(account) {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if h, ok := m.lookAt(ctx, pair{account, node}, p); ok {
				mu.Lock()
				defer mu.Unlock()
				found = append(found, h)
			}
		})
	}
	all.Wait()
	if _, ours := m.Replica.Hosted(account); ours {
		return m.Holders(context.WithoutCancel(ctx), account, p)
	}
	return m.newest(account, found), nil
}

const (
	lookTimeout = 5 * time.Second
	lookAtMost  = 16 // nodes asked on demand
)

// candidates are connected nodes that are said to hold an account, and mirrors.
func (m *Mirrors) candidates(account content.AccountID) []peer.ID {
	var list []peer.ID
	add := func(node peer.ID) {
		if _, there := m.Host.Peer(node); there && !slices.Contains(list, node) && len(list) < lookAtMost {
			list = append(list, node)
		}
	}
	for _, w := range m.Wanted() {
		if w.Account == account {
			add(w.Node)
		}
	}
	m.mu.Lock()
	var met []peer.ID
	for p, a := range m.diary {
		if p.account == account && a.holds {
			met = append(met, p.node)
		}
	}
	m.mu.Unlock()
	for _, node := range met {
		add(node)
	}
	for _, info := range m.Book.Holders(account) {
		add(info.ID)
	}
	return list
}

// lookAt asks one node about one post.
func (m *Mirrors) lookAt(ctx context.Context, p pair, post protocol.Post) (Holder, bool) {
	if _, ours := m.Replica.Hosted(p.account); ours {
		m.keepAppointment(ctx, p)
		return Holder{}, false
	}
	r, err := m.speaker.Receipt(ctx, p.node, p.account, []protocol.Post{post})
	if err != nil || r.Levels[0] == protocol.Nothing {
		return Holder{}, false
	}
	if honest, err := m.sample(ctx, p, []protocol.Receipt{r}); err != nil || !honest {
		return Holder{}, false
	}
	return Holder{Node: p.node, Level: r.Levels[0], Time: r.Time}, true
}

// Level says how much of a post this node holds itself.
func (m *Mirrors) Level(ctx context.Context, p protocol.Post) (protocol.Level, error) {
	return m.level(ctx, p.Record)
}
