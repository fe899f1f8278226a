package sync_test

import (
	"bytes"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

type m = map[string]any

// frame writes a message as the protocol does.
func frame(t testing.TB, v any) []byte {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

// liar answers every request with the same bytes, and counts what was taken.
type liar struct {
	*p2p.Host
	taken atomic.Int64
}

// newLiar starts a peer that answers with what answer returns, again and again
// if that is endless.
func newLiar(t *testing.T, answer []byte, endless bool) *liar {
	l := &liar{Host: p2ptest.Host(t)}
	l.Libp2p().SetStreamHandler(psync.Protocol, func(s network.Stream) {
		defer s.Reset()
		io.Copy(io.Discard, s)
		for {
			n, err := s.Write(answer)
			l.taken.Add(int64(n))
			if err != nil || !endless {
				<-t.Context().Done() // the other has to end it
				return
			}
		}
	})
	return l
}

// short is limits for tests that wait for a deadline.
var short = psync.Limits{Timeout: 200 * time.Millisecond}

// TestLyingPeers asks peers that break the protocol in every way. Each is cut
// off with an error, nothing of its answer is kept, and an honest peer is served
// before, between and after.
func TestLyingPeers(t *testing.T) {
	account, other := p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	chain := account.Chain(t, 3)
	n, hasty := newNode(t, newArchive(t, chain), psync.Limits{}), newNode(t, newArchive(t), short)
	honest := newNode(t, newArchive(t), psync.Limits{})
	p2ptest.Connect(t, honest.Host, n.Host)
	heads := func(newer int) []byte { return frame(t, m{"heads": m{"held": []byte{1}, "newer": newer}}) }
	head := func(index int, h content.Head) []byte { return frame(t, m{"head": m{"index": index, "head": h}}) }
	heavy := chain[2]
	heavy.Cert.Seal = map[string][]byte{"x25519": make([]byte, 4096)}
	for name, tc := range map[string]struct {
		answer  []byte
		endless bool
		kind    content.Kind
	}{
		"a forged head":          {append(heads(1), head(0, p2ptest.Forge(chain[2]))...), false, content.Invalid},
		"another account's head": {append(heads(1), head(0, other.Chain(t, 1)[0])...), false, content.Invalid},
		"an old head":            {append(heads(1), head(0, chain[0])...), false, content.Invalid},
		"a head over the limit":  {append(heads(1), head(0, heavy)...), false, content.TooLarge},
		"a head not asked for":   {append(heads(1), head(7, chain[2])...), false, content.Invalid},
		"a million heads":        {heads(1_000_000), false, content.Invalid},
		"heads without end":      {append(heads(1), bytes.Repeat(head(0, chain[2]), 2)...), true, content.Other},
		"a long held":            {frame(t, m{"heads": m{"held": make([]byte, 999), "newer": 0}}), false, content.Invalid},
		"a huge message":         {varint.ToUvarint(1 << 40), false, content.TooLarge},
		"commits":                {frame(t, m{"commits": m{"blocks": []int{}, "more": true}}), false, content.Invalid},
		"two answers in one":     {frame(t, m{"error": m{"reason": "busy"}, "heads": m{"held": []byte{0}, "newer": 0}}), false, content.Invalid},
		"no answer in one":       {frame(t, m{}), false, content.Invalid},
		"junk":                   {[]byte{3, 1, 2, 3}, false, content.Invalid},
		"half a message":         {heads(1)[:5], false, content.Unavailable},
		"silence":                {nil, false, content.Unavailable},
		"busy":                   {frame(t, m{"error": m{"reason": "busy"}}), false, content.Unavailable},
		"an unknown reason":      {frame(t, m{"error": m{"reason": "moon"}}), false, content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			l, asking := newLiar(t, tc.answer, tc.endless), n
			if tc.kind == content.Unavailable { // the one that waits in vain
				asking = hasty
			}
			p2ptest.Connect(t, asking.Host, l.Host)
			asked := []psync.Known{{Account: account.ID, Version: chain[1].Version()}}
			answer, err := asking.sync.Heads(p2ptest.Context(t), l.ID(), asked)
			switch {
			case tc.kind == content.Other: // the surplus is never read
				if err != nil || len(answer.Newer) != 1 {
					t.Errorf("%d heads: %v", len(answer.Newer), err)
				}
			case content.KindOf(err) != tc.kind || len(answer.Newer)+len(answer.Held) > 0:
				t.Errorf("kind %v, want %v (%v)", content.KindOf(err), tc.kind, err)
			}
			p2ptest.Eventually(t, "the stream's end", func() bool { return streams(asking.Host, l.ID()) == 0 })
			if taken := l.taken.Load(); taken > 4<<20 {
				t.Errorf("%d bytes were taken", taken)
			}
			if got, err := honest.sync.Heads(p2ptest.Context(t), n.ID(), []psync.Known{{Account: account.ID}}); err != nil || len(got.Newer) != 1 {
				t.Errorf("an honest peer is not served: %v", err)
			}
		})
	}
}

func TestLyingAboutCommits(t *testing.T) {
	account := p2ptest.NewAccount(t)
	chain := account.Chain(t, 5)
	block := func(i int) []byte { return p2ptest.CommitBlock(t, chain[i]).Data }
	commits := func(more bool, blocks ...[]byte) []byte {
		return frame(t, m{"commits": m{"blocks": blocks, "more": more}})
	}
	from := p2ptest.CommitBlock(t, chain[4]).CID
	for name, answer := range map[string][]byte{
		"another commit":         commits(false, block(3)),
		"a gap":                  commits(false, block(4), block(2)),
		"the same again":         commits(false, block(4), block(4)),
		"beyond what was asked":  commits(false, block(4), block(3), block(2), block(1)),
		"empty messages":         bytes.Repeat(commits(true), 100),
		"not a commit":           commits(false, p2ptest.Tree(t, 1).Data),
		"over the limit":         commits(false, make([]byte, 2000)),
		"more, but none follows": commits(true, block(4)),
	} {
		t.Run(name, func(t *testing.T) {
			limits := psync.Limits{}
			if name == "more, but none follows" {
				limits = short
			}
			n, l := newNode(t, newArchive(t), limits), newLiar(t, answer, false)
			p2ptest.Connect(t, n.Host, l.Host)
			got, err := n.sync.Commits(p2ptest.Context(t), l.ID(), account.ID, from, chain[2].Version())
			if err == nil {
				t.Errorf("%d commits taken", len(got))
			}
		})
	}
}

// streams counts the streams of the protocol that are open to a peer.
func streams(h *p2p.Host, to peer.ID) int {
	n := 0
	for _, c := range h.Libp2p().Network().ConnsToPeer(to) {
		for _, s := range c.GetStreams() {
			if s.Protocol() == psync.Protocol {
				n++
			}
		}
	}
	return n
}

// TestFloodOfRequests: a peer that opens streams and says nothing, or asks without
// pause, gets no more than its share, and an honest one is served meanwhile.
func TestFloodOfRequests(t *testing.T) {
	account := p2ptest.NewAccount(t)
	held := newArchive(t, account.Chain(t, 1))
	limits := psync.Limits{Streams: 8, StreamsPerPeer: 2, PerSecond: 1e-9, Burst: 10, Timeout: 10 * time.Second}
	n := newNode(t, held, limits)
	flood, honest := newNode(t, newArchive(t), psync.Limits{}), newNode(t, newArchive(t), psync.Limits{})
	p2ptest.Connect(t, flood.Host, n.Host)
	p2ptest.Connect(t, honest.Host, n.Host)

	t.Run("silent streams", func(t *testing.T) {
		var open []network.Stream
		for range 50 {
			if s, err := flood.Libp2p().NewStream(p2ptest.Context(t), n.ID(), psync.Protocol); err == nil {
				s.Write([]byte{200}) // half a length
				open = append(open, s)
			}
		}
		p2ptest.Eventually(t, "all but two streams to end", func() bool { return streams(n.Host, flood.ID()) <= limits.StreamsPerPeer })
		serve(t, honest, n, account)
		for _, s := range open {
			s.Reset()
		}
		p2ptest.Eventually(t, "all streams to end", func() bool { return streams(n.Host, flood.ID()) == 0 })
	})
	t.Run("requests without pause", func(t *testing.T) {
		served := 0
		for range 100 {
			if _, err := flood.sync.Heads(p2ptest.Context(t), n.ID(), nil); err == nil {
				served++
			} else if content.KindOf(err) != content.Unavailable {
				t.Fatal(err)
			}
		}
		if served > limits.Burst {
			t.Errorf("%d requests served of one that may make %d", served, limits.Burst)
		}
		serve(t, honest, n, account)
	})
}

func serve(t *testing.T, honest, n node, account p2ptest.Account) {
	t.Helper()
	got, err := honest.sync.Heads(p2ptest.Context(t), n.ID(), []psync.Known{{Account: account.ID}})
	if err != nil || len(got.Newer) != 1 {
		t.Errorf("an honest peer is not served: %v", err)
	}
}

// TestBadRequests: what is malformed is refused, or cut if it is too large.
func TestBadRequests(t *testing.T) {
	n, peer := newNode(t, newArchive(t), psync.Limits{}), p2ptest.Host(t)
	p2ptest.Connect(t, peer, n.Host)
	many := make([]any, psync.MaxAccounts+1)
	for i := range many {
		many[i] = []any{make([]byte, 32), 0, 0}
	}
	for name, tc := range map[string]struct {
		request []byte
		refused bool
	}{
		"junk":               {[]byte{3, 1, 2, 3}, true},
		"of a version to be": {frame(t, m{"moon": m{}}), true},
		"half a prefix":      {frame(t, m{"pull": m{"account": make([]byte, 32), "epoch": 0, "rev": 0, "have": []byte{1}, "ahead": 0}}), true},
		"prefixes twice":     {frame(t, m{"pull": m{"account": make([]byte, 32), "epoch": 0, "rev": 0, "have": make([]byte, 8), "ahead": 0}}), true},
		"too much ahead":     {frame(t, m{"pull": m{"account": make([]byte, 32), "epoch": 0, "rev": 0, "have": []byte{}, "ahead": 1 << 40}}), true},
		"no files":           {frame(t, m{"files": m{"files": []int{}}}), true},
		"two requests":       {frame(t, m{"heads": m{"known": []int{}}, "commits": m{}}), true},
		"a short account":    {frame(t, m{"heads": m{"known": []any{[]any{[]byte{1}, 0, 0}}}}), true},
		"a rev too high":     {frame(t, m{"heads": m{"known": []any{[]any{make([]byte, 32), 0, uint64(1) << 63}}}}), true},
		"too many accounts":  {frame(t, m{"heads": m{"known": many}}), true},
		"too large":          {varint.ToUvarint(1 << 30), false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := peer.Libp2p().NewStream(p2ptest.Context(t), n.ID(), psync.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			s.Write(tc.request)
			s.CloseWrite()
			got, err := io.ReadAll(s)
			if want := frame(t, m{"error": m{"reason": "refused"}}); tc.refused && (err != nil || !bytes.Equal(got, want)) {
				t.Errorf("answer %x: %v", got, err)
			}
			if !tc.refused && err == nil {
				t.Error("the stream was not reset")
			}
		})
	}
}
