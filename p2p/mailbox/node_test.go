package mailbox_test

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mailbox"
)

// box is a receiver in memory, which serves the accounts it is told.
type box struct {
	mu       sync.Mutex
	serves   map[content.AccountID]mailbox.State // what becomes of a good notice
	bits     int                                 // a stranger has to work so much, if above 0
	kept     map[mailbox.ID]mailbox.Notice
	order    []mailbox.ID // of what is held
	heard    int
	from     peer.ID
	err      error
	asked    []mailbox.Cursor
	newEpoch content.Epoch // certificates below it are revoked
}

func newBox(s mailbox.State, accounts ...content.AccountID) *box {
	b := &box{serves: make(map[content.AccountID]mailbox.State), kept: make(map[mailbox.ID]mailbox.Notice)}
	for _, a := range accounts {
		b.serves[a] = s
	}
	return b
}

func (b *box) Deliver(_ context.Context, from peer.ID, n mailbox.Notice) (mailbox.Verdict, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard++
	b.from = from
	state, served := b.serves[n.Target()]
	switch {
	case b.err != nil:
		return mailbox.Verdict{}, b.err
	case !served:
		return mailbox.Verdict{State: mailbox.Unknown}, nil
	case n.Path().Collection() == content.CollectionFollow && n.Path().RecordKey() != record.FollowKey(n.Target()):
		return mailbox.Verdict{State: mailbox.Refused}, nil
	case n.Bits(time.Now(), mailbox.Fresh) < b.bits:
		return mailbox.Verdict{State: mailbox.Pending, Bits: b.bits}, nil
	}
	if _, there := b.kept[n.ID()]; !there {
		b.order = append(b.order, n.ID())
	}
	b.kept[n.ID()] = n
	return mailbox.Verdict{State: state, Wait: time.Minute}, nil
}

func (b *box) Collect(_ context.Context, cert content.Certificate, cursor mailbox.Cursor, most int) ([]mailbox.Draft, mailbox.Cursor, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, cursor)
	switch _, served := b.serves[cert.Account]; {
	case !served:
		return nil, nil, content.Errorf("box", content.NotFound, "not kept")
	case cert.Epoch < b.newEpoch:
		return nil, nil, content.Errorf("box", content.Permission, "revoked")
	}
	from := 0
	if len(cursor) == 8 {
		from = int(binary.BigEndian.Uint64(cursor))
	}
	to := min(from+most, len(b.order))
	var page []mailbox.Draft
	for _, id := range b.order[from:to] {
		page = append(page, b.kept[id].Draft())
	}
	return page, binary.BigEndian.AppendUint64(nil, uint64(to)), nil
}

func (b *box) count() (heard, kept int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard, len(b.kept)
}

type node struct {
	*p2p.Host
	speaker *mailbox.Speaker
	box     *box
}

func newNode(t testing.TB, b *box, now func() time.Time, limits wire.Limits) node {
	n := node{Host: p2ptest.Host(t), box: b}
	speaker, err := mailbox.New(n.Libp2p(), mailbox.Config{Receiver: b, Verify: repo.VerifyHead, Now: now, Limits: limits})
	check(t, err)
	n.speaker = speaker
	t.Cleanup(func() { speaker.Close() })
	return n
}

// pair returns two nodes that are connected; the second has the box.
func pair(t testing.TB, b *box) (asking, asked node) {
	asking, asked = newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{}), newNode(t, b, nil, wire.Limits{})
	p2ptest.Connect(t, asking.Host, asked.Host)
	return asking, asked
}

// deliver brings notices and returns what became of them.
func (n node) deliver(t testing.TB, to node, notices ...mailbox.Notice) []mailbox.Verdict {
	t.Helper()
	verdicts, err := n.speaker.Deliver(p2ptest.Context(t), to.ID(), notices)
	check(t, err)
	return verdicts
}
