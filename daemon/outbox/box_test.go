package outbox_test

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// box is a receiver in memory that judges as it is told, and survives its node.
type box struct {
	mu     sync.Mutex
	serves map[content.AccountID]mailbox.State
	wait   time.Duration
	bits   int  // work that is asked for
	full   bool // nothing can be kept
	kept   []mailbox.Notice
	heard  map[content.Path]int
	late   map[content.Path]mailbox.State // of single records
}

func newBox() *box {
	return &box{
		serves: make(map[content.AccountID]mailbox.State), heard: make(map[content.Path]int),
		late: make(map[content.Path]mailbox.State),
	}
}

func (b *box) serve(s mailbox.State, ids ...content.AccountID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		b.serves[id] = s
	}
}

func (b *box) Deliver(_ context.Context, _ peer.ID, n mailbox.Notice) (mailbox.Verdict, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard[n.Path()]++
	state, served := b.serves[n.Target()]
	if s, ok := b.late[n.Path()]; ok {
		state = s
	}
	switch {
	case !served:
		return mailbox.Verdict{}, content.Errorf("box", content.NotFound, "not served")
	case b.full:
		return mailbox.Verdict{}, content.Errorf("box", content.Quota, "no room")
	case n.Bits(time.Now(), mailbox.Fresh) < b.bits:
		return mailbox.Verdict{State: mailbox.Pending, Bits: b.bits}, nil
	case state == mailbox.Accepted, state == mailbox.Held:
		b.kept = append(b.kept, n)
	}
	return mailbox.Verdict{State: state, Wait: b.wait}, nil
}

func (b *box) Collect(_ context.Context, cert content.Certificate, cursor mailbox.Cursor, most int) ([]mailbox.Draft, mailbox.Cursor, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := 0
	if len(cursor) == 8 {
		from = int(binary.BigEndian.Uint64(cursor))
	}
	var page []mailbox.Draft
	for ; from < len(b.kept) && len(page) < most; from++ {
		if b.kept[from].Target() == cert.Account {
			page = append(page, b.kept[from].Draft())
		}
	}
	return page, binary.BigEndian.AppendUint64(nil, uint64(from)), nil
}

// has reports whether the box kept a notice of a record, or that it is gone.
func (b *box) has(target content.AccountID, p content.Path, there bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.kept {
		if _, is := n.Record(); n.Target() == target && n.Path() == p && is == there {
			return true
		}
	}
	return false
}

func (b *box) times(p content.Path) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[p]
}

func (b *box) set(f func(*box)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}
