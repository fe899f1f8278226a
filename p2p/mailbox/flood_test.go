package mailbox_test

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mailbox"
)

// streams counts the streams of the protocol that are open to a peer.
func streams(h *p2p.Host, to peer.ID) int {
	n := 0
	for _, c := range h.Libp2p().Network().ConnsToPeer(to) {
		for _, s := range c.GetStreams() {
			if s.Protocol() == mailbox.Protocol {
				n++
			}
		}
	}
	return n
}

// TestWhoSaysNothingHoldsNoStream: a peer that opens streams and lets bytes trickle
// gets no more than its share, and that only for a while.
func TestWhoSaysNothingHoldsNoStream(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	path := actor.follow(target.ID)
	actor.commit()
	asked := newNode(t, newBox(mailbox.Accepted, target.ID), nil, wire.Limits{Timeout: time.Second})
	slow, honest := newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{}), newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{})
	p2ptest.Connect(t, slow.Host, asked.Host)
	p2ptest.Connect(t, honest.Host, asked.Host)
	var open []network.Stream
	for range 20 {
		if s, err := slow.Libp2p().NewStream(p2ptest.Context(t), asked.ID(), mailbox.Protocol); err == nil {
			s.Write([]byte{200, 200, 3}) // a length, and nothing of that
			open = append(open, s)
		}
	}
	p2ptest.Eventually(t, "all but two streams to end", func() bool { return streams(asked.Host, slow.ID()) <= 2 })
	if got := honest.deliver(t, asked, actor.notice(target.ID, path)); got[0].State != mailbox.Accepted {
		t.Errorf("an honest peer is not served: %+v", got)
	}
	for range 50 { // a byte now and then does not put off the end
		for _, s := range open {
			s.Write([]byte{1})
		}
		time.Sleep(20 * time.Millisecond)
	}
	p2ptest.Eventually(t, "all streams to end", func() bool { return streams(asked.Host, slow.ID()) == 0 })
}

// TestWhoDeliversWithoutEndIsToldToWait: a peer's allowance of work ends, and
// another's is not touched.
func TestWhoDeliversWithoutEndIsToldToWait(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	path := actor.follow(target.ID)
	actor.commit()
	n := actor.notice(target.ID, path)
	asked := newNode(t, newBox(mailbox.Accepted, target.ID), nil, wire.Limits{PerSecond: 0.001, Burst: 20})
	greedy, modest := newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{}), newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{})
	p2ptest.Connect(t, greedy.Host, asked.Host)
	p2ptest.Connect(t, modest.Host, asked.Host)
	waits := 0
	for range 10 {
		_, err := greedy.speaker.Deliver(p2ptest.Context(t), asked.ID(), []mailbox.Notice{n})
		if content.KindOf(err) == content.Unavailable {
			waits++
		}
	}
	if waits != 6 {
		t.Errorf("told to wait %d times, want 6", waits)
	}
	modest.deliver(t, asked, n)
}
