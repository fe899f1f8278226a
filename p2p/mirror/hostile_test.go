package mirror_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mirror"
)

type m = map[string]any

func frame(t testing.TB, v any) []byte {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

// say sends bytes as a request and returns the answer; nil if there was none.
func say(t testing.TB, from, to *p2p.Host, request []byte) []byte {
	t.Helper()
	s, err := from.Libp2p().NewStream(p2ptest.Context(t), to.ID(), mirror.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Reset()
	s.Write(request)
	s.CloseWrite()
	answer, err := io.ReadAll(s)
	if err != nil {
		return nil
	}
	return answer
}

// tap hands requests on to a node and keeps the last.
func tap(t testing.TB, behind *p2p.Host) (*p2p.Host, *[]byte) {
	between, said := p2ptest.Host(t), new([]byte)
	p2ptest.Connect(t, between, behind)
	between.Libp2p().SetStreamHandler(mirror.Protocol, func(s network.Stream) {
		defer s.Close()
		*said, _ = io.ReadAll(s)
		s.Write(say(t, between, behind, *said))
	})
	return between, said
}

// TestAWishIsGoodForOneNodeAndNow: who hears a wish can neither bring it to
// another node nor bring it again later.
func TestAWishIsGoodForOneNodeAndNow(t *testing.T) {
	account := p2ptest.NewAccount(t)
	later := time.Now().Add(time.Hour)
	asked, other := &shelf{answer: mirror.Answer{State: mirror.Pending}}, &shelf{}
	a, b := pair(t, asked)
	late := newNode(t, other, func() time.Time { return later }, wire.Limits{})
	elsewhere := newNode(t, other, nil, wire.Limits{})
	between, said := tap(t, elsewhere.Host)
	p2ptest.Connect(t, a.Host, between)
	ctx := p2ptest.Context(t)
	if _, err := a.speaker.Wish(ctx, between.ID(), account.Writer, mirror.Wish{Cert: account.Cert, Cap: 1}); content.KindOf(err) != content.Invalid {
		t.Errorf("a wish passed on: %v", err)
	}
	for _, n := range []node{b, late, elsewhere} {
		p2ptest.Connect(t, between, n.Host)
		if got := say(t, between, n.Host, *said); !bytes.Equal(got, frame(t, m{"error": m{"reason": "refused"}})) {
			t.Errorf("%x", got)
		}
	}
	p2ptest.Connect(t, a.Host, late.Host)
	if _, err := a.speaker.Wish(ctx, late.ID(), account.Writer, mirror.Wish{Cert: account.Cert, Cap: 1}); content.KindOf(err) != content.Invalid {
		t.Errorf("a wish of an hour ago: %v", err)
	}
	for _, s := range []*shelf{asked, other} {
		if wishes, _ := s.heard(); len(wishes) != 0 {
			t.Error("a stolen wish was heard")
		}
	}
}

func TestAWishNobodySignedIsRefused(t *testing.T) {
	s := &shelf{}
	a, b := pair(t, s)
	account, thief := p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	for name, w := range map[string]mirror.Wish{
		"signed by another":   {Cert: account.Cert, Cap: 1},
		"more than there is":  {Cert: thief.Cert, Cap: mirror.MaxCap + 1},
		"less than nothing":   {Cert: thief.Cert, Cap: -1},
		"a certificate of no": {Cap: 1},
	} {
		if _, err := a.speaker.Wish(p2ptest.Context(t), b.ID(), thief.Writer, w); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if wishes, _ := s.heard(); len(wishes) != 0 {
		t.Error("it was heard")
	}
}

// TestLyingAnswers: an answer that is wrong in any way is an error.
func TestLyingAnswers(t *testing.T) {
	account := p2ptest.NewAccount(t)
	block := content.NewBlock(content.Raw, []byte("a photo"))
	now := time.Now().Unix()
	receipt := func(levels []byte, at int64) []byte {
		return frame(t, m{"receipt": m{"epoch": 1, "rev": 1, "time": at, "levels": levels, "sig": make([]byte, 64)}})
	}
	for name, tc := range map[string]struct {
		answer []byte
		kind   content.Kind
	}{
		"a huge message":       {varint.ToUvarint(1 << 40), content.TooLarge},
		"silence":              {nil, content.Unavailable},
		"half a message":       {receipt([]byte{3}, now)[:20], content.Unavailable},
		"junk":                 {[]byte{3, 1, 2, 3}, content.Invalid},
		"nothing":              {frame(t, m{}), content.Invalid},
		"an unsigned receipt":  {receipt([]byte{3}, now), content.Invalid},
		"too many levels":      {receipt([]byte{3, 3}, now), content.Invalid},
		"a level that is none": {receipt([]byte{9}, now), content.Invalid},
		"another answer":       {frame(t, m{"changed": m{}}), content.Invalid},
		"a strange state":      {frame(t, m{"wish": m{"state": "perhaps", "cap": 0, "used": 0, "words": ""}}), content.Invalid},
		"sums of nothing":      {frame(t, m{"samples": m{"sums": []byte{}}}), content.Invalid},
		"busy":                 {frame(t, m{"error": m{"reason": "busy"}}), content.Unavailable},
		"not-found":            {frame(t, m{"error": m{"reason": "not-found"}}), content.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			liar, a := p2ptest.Host(t), newNode(t, &shelf{}, nil, wire.Limits{Timeout: 500 * time.Millisecond})
			liar.Libp2p().SetStreamHandler(mirror.Protocol, func(s network.Stream) {
				io.Copy(io.Discard, s)
				s.Write(tc.answer)
				if name == "silence" {
					<-t.Context().Done()
				}
				s.Close()
			})
			p2ptest.Connect(t, a.Host, liar)
			ctx := p2ptest.Context(t)
			_, err := a.speaker.Receipt(ctx, liar.ID(), account.ID, posts(1))
			if content.KindOf(err) != tc.kind {
				t.Errorf("receipt: %v", err)
			}
			if _, err = a.speaker.Wish(ctx, liar.ID(), account.Writer, mirror.Wish{Cert: account.Cert, Cap: 1}); err == nil {
				t.Error("the wish has an answer")
			}
			if ok, err := a.speaker.Sample(ctx, liar.ID(), []content.Block{block}); ok || err == nil {
				t.Error("the sample has an answer")
			}
		})
	}
}

// TestBadRequests: each is refused or cut off, and nothing of it is heard.
func TestBadRequests(t *testing.T) {
	s := &shelf{levels: map[content.TID]mirror.Level{}}
	a, b := pair(t, s)
	link := func(i byte) dagcbor.Link { return dagcbor.Link{Cid: content.Sum(content.Raw, []byte{i})} }
	many := make([]dagcbor.Link, mirror.MaxSamples+1)
	for i := range many {
		many[i] = link(byte(i))
	}
	refused := frame(t, m{"error": m{"reason": "refused"}})
	for name, tc := range map[string]struct{ request, answer []byte }{
		"nothing":              {frame(t, m{}), refused},
		"two in one":           {frame(t, m{"changed": m{"account": make([]byte, 32)}, "samples": m{"salt": make([]byte, 32), "blocks": []int{}}}), refused},
		"a short account":      {frame(t, m{"changed": m{"account": []byte{1}}}), refused},
		"a short salt":         {frame(t, m{"samples": m{"salt": []byte{1}, "blocks": []any{link(1)}}}), refused},
		"too many samples":     {frame(t, m{"samples": m{"salt": make([]byte, 32), "blocks": many}}), refused},
		"posts out of order":   {frame(t, m{"receipt": m{"account": make([]byte, 32), "posts": []any{[]any{2, link(1)}, []any{2, link(2)}}}}), refused},
		"a request too large":  {varint.ToUvarint(1 << 30), nil},
		"a request cut short":  {[]byte{100, 1}, nil},
		"something like a map": {[]byte{1, 0xa1}, refused},
	} {
		if got := say(t, a.Host, b.Host, tc.request); !bytes.Equal(got, tc.answer) {
			t.Errorf("%s is answered with %x", name, got)
		}
	}
	if wishes, changed := s.heard(); len(wishes)+len(changed) != 0 {
		t.Error("something was heard")
	}
}

// TestWhoAsksWithoutEndIsToldToWait: a peer's allowance of work ends, and another's
// is not touched.
func TestWhoAsksWithoutEndIsToldToWait(t *testing.T) {
	photo := content.NewBlock(content.Raw, make([]byte, 1<<10))
	s := &shelf{levels: map[content.TID]mirror.Level{}}
	asked := newNode(t, s, nil, wire.Limits{PerSecond: 0.001, Burst: 20})
	greedy, modest := newNode(t, &shelf{}, nil, wire.Limits{}), newNode(t, &shelf{}, nil, wire.Limits{})
	p2ptest.Connect(t, greedy.Host, asked.Host)
	p2ptest.Connect(t, modest.Host, asked.Host)
	ctx, waits := p2ptest.Context(t), 0
	for range 10 {
		_, err := greedy.speaker.Sample(ctx, asked.ID(), []content.Block{photo})
		if content.KindOf(err) == content.Unavailable {
			waits++
		}
	}
	if waits != 6 {
		t.Errorf("told to wait %d times, want 6", waits)
	}
	if _, err := modest.speaker.Receipt(ctx, asked.ID(), content.AccountID{1}, posts(16)); err != nil {
		t.Error(err)
	}
}
