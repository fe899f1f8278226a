package mailbox_test

import (
	"bytes"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mailbox"
)

type m = map[string]any

// say sends bytes as a request and returns the answer; nil if there was none.
func say(t testing.TB, from, to *p2p.Host, request []byte) []byte {
	t.Helper()
	s, err := from.Libp2p().NewStream(p2ptest.Context(t), to.ID(), mailbox.Protocol)
	check(t, err)
	defer s.Reset()
	s.Write(request)
	s.CloseWrite()
	answer, err := io.ReadAll(s)
	if err != nil {
		return nil
	}
	return answer
}

func refused(t testing.TB) []byte { return framed(t, m{"error": m{"reason": "refused"}}) }

// batch is a request to deliver these drafts, whatever is wrong with them.
func batch(t testing.TB, drafts ...mailbox.Draft) []byte {
	t.Helper()
	var notices []dagcbor.RawValue
	for _, d := range drafts {
		b, err := d.Encode()
		check(t, err)
		notices = append(notices, b)
	}
	return framed(t, m{"deliver": m{"notices": notices}})
}

// TestABatchWithALieIsRefusedWhole: the receiver hears nothing of it, and of the next
// that is good it does.
func TestABatchWithALieIsRefusedWhole(t *testing.T) {
	target, actor, other := p2ptest.NewAccount(t), newBook(t), newBook(t)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	paths := actor.shelf(20, 10)
	path := actor.follow(target.ID)
	actor.commit()
	other.commit()
	good := actor.draft(target.ID, path)
	for name, lie := range map[string]func(d *mailbox.Draft){
		"a forged head":      func(d *mailbox.Draft) { d.Head = p2ptest.Forge(d.Head) },
		"another's proof":    func(d *mailbox.Draft) { d.Head = other.head },
		"another path":       func(d *mailbox.Draft) { d.Path = paths[3] },
		"another record":     func(d *mailbox.Draft) { d.Record = actor.says(paths[3]).Record },
		"a deletion of none": func(d *mailbox.Draft) { d.Record = nil },
		"an introduction that is none": func(d *mailbox.Draft) {
			s := other.says(path)
			d.Introduction = &s
		},
	} {
		bad := good
		lie(&bad)
		if got := say(t, a.Host, b.Host, batch(t, good, bad)); !bytes.Equal(got, refused(t)) {
			t.Errorf("%s is answered with %x", name, got)
		}
	}
	if heard, _ := b.box.count(); heard != 0 {
		t.Errorf("%d were heard", heard)
	}
	if got := a.deliver(t, b, verified(t, good)); got[0].State != mailbox.Accepted {
		t.Errorf("%+v", got)
	}
}

// TestBadRequests: each is refused or cut off, and nothing of it is heard.
func TestBadRequests(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	path := actor.follow(target.ID)
	actor.commit()
	d := actor.draft(target.ID, path)
	many := make([]mailbox.Draft, mailbox.MaxNotices+1)
	for i := range many {
		many[i] = d
	}
	notice, err := d.Encode()
	check(t, err)
	extended := func(key string, v any) []byte {
		var fields m
		check(t, dagcbor.Unmarshal(notice, &fields))
		fields[key] = v
		return framed(t, m{"deliver": m{"notices": []any{fields}}})
	}
	for name, tc := range map[string]struct{ request, answer []byte }{
		"nothing":               {framed(t, m{}), refused(t)},
		"two in one":            {framed(t, m{"deliver": m{"notices": []any{dagcbor.RawValue(notice)}}, "collect": m{}}), refused(t)},
		"an empty batch":        {framed(t, m{"deliver": m{"notices": []any{}}}), refused(t)},
		"too many notices":      {batch(t, many...), refused(t)},
		"an oversize batch":     {varint.ToUvarint(mailbox.MaxMessage + 1), nil},
		"an oversize notice":    {framed(t, m{"deliver": m{"notices": []any{make([]byte, mailbox.MaxNotice+1)}}}), refused(t)},
		"an unknown field":      {extended("moon", 1), refused(t)},
		"an empty record":       {extended("record", []byte{}), refused(t)},
		"a request cut short":   {[]byte{100, 1}, nil},
		"something like a map":  {[]byte{1, 0xa1}, refused(t)},
		"nobody's collect":      {framed(t, m{"collect": m{"cert": m{}, "node": []byte{}, "time": 0, "cursor": []byte{}}}), refused(t)},
		"a request of tomorrow": {framed(t, m{"moon": m{}}), refused(t)},
	} {
		if got := say(t, a.Host, b.Host, tc.request); !bytes.Equal(got, tc.answer) {
			t.Errorf("%s is answered with %x", name, got)
		}
	}
	if heard, _ := b.box.count(); heard != 0 {
		t.Error("something was heard")
	}
	ns := make([]mailbox.Notice, mailbox.MaxNotices+1)
	for i := range ns {
		ns[i] = verified(t, d)
	}
	if _, err := a.speaker.Deliver(p2ptest.Context(t), b.ID(), ns); content.KindOf(err) != content.TooLarge {
		t.Errorf("too many are sent: %v", err)
	}
}

// TestABatchOverTheLimitIsNotSent, though its notices are few.
func TestABatchOverTheLimitIsNotSent(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	paths := actor.shelf(18, 60_000)
	actor.commit()
	var notices []mailbox.Notice
	for _, p := range paths {
		notices = append(notices, actor.notice(target.ID, p))
	}
	if _, err := a.speaker.Deliver(p2ptest.Context(t), b.ID(), notices); content.KindOf(err) != content.TooLarge {
		t.Errorf("got %v", err)
	}
	for _, v := range a.deliver(t, b, notices[:16]...) {
		if v.State != mailbox.Accepted {
			t.Errorf("%+v", v)
		}
	}
}

// TestASharedHeadIsVerifiedOnce in a batch.
func TestASharedHeadIsVerifiedOnce(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	var verified atomic.Int64
	asked := p2ptest.Host(t)
	box := newBox(mailbox.Accepted, target.ID)
	speaker, err := mailbox.New(asked.Libp2p(), mailbox.Config{Receiver: box, Verify: func(h content.Head, now time.Time) error {
		verified.Add(1)
		return repo.VerifyHead(h, now)
	}})
	check(t, err)
	t.Cleanup(func() { speaker.Close() })
	a := newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{})
	p2ptest.Connect(t, a.Host, asked)
	paths := actor.shelf(mailbox.MaxNotices, 10)
	actor.commit()
	var notices []mailbox.Notice
	for _, p := range paths {
		notices = append(notices, actor.notice(target.ID, p))
	}
	a.deliver(t, node{Host: asked}, notices...)
	if heard, _ := box.count(); heard != len(notices) || verified.Load() != 1 {
		t.Errorf("%d notices were heard, heads verified %d times", heard, verified.Load())
	}
}

// TestACollectIsGoodForOneNodeAndNow: who hears one can neither bring it to another
// node nor bring it later.
func TestACollectIsGoodForOneNodeAndNow(t *testing.T) {
	target := p2ptest.NewAccount(t)
	a, asked := pair(t, newBox(mailbox.Held, target.ID))
	other := newNode(t, newBox(mailbox.Held, target.ID), nil, wire.Limits{})
	past := time.Now().Add(-content.MaxClockSkew - time.Minute)
	p2ptest.Connect(t, a.Host, other.Host)
	request := func(to node, at time.Time) []byte {
		q, err := mailbox.CollectRequest(target.Cert, target.Writer, to.ID(), at, nil)
		check(t, err)
		return framed(t, q)
	}
	for name, tc := range map[string]struct {
		to      node
		request []byte
		good    bool
	}{
		"to whom it is for":  {asked, request(asked, time.Now()), true},
		"to another":         {other, request(asked, time.Now()), false},
		"of a while ago":     {asked, request(asked, past), false},
		"of a while to come": {asked, request(asked, time.Now().Add(content.MaxClockSkew+time.Minute)), false},
		"changed":            {asked, bytes.Replace(request(asked, time.Now()), []byte("fcursor@"), []byte("fcursorA\x01"), 1), false},
	} {
		got := say(t, a.Host, tc.to.Host, tc.request)
		if isRefused := bytes.Equal(got, refused(t)); isRefused == tc.good {
			t.Errorf("%s: answered with %x", name, got)
		}
	}
	if n := len(asked.box.asked) + len(other.box.asked); n != 1 {
		t.Errorf("the receivers were asked %d times", n)
	}
}

// TestLyingAnswers: an answer that is wrong in any way is an error, and what is not
// genuine is left out of a page.
func TestLyingAnswers(t *testing.T) {
	target, other, actor := p2ptest.NewAccount(t), p2ptest.NewAccount(t), newBook(t)
	path := actor.follow(target.ID)
	actor.commit()
	n := actor.notice(target.ID, path)
	encode := func(d mailbox.Draft) []byte {
		b, err := d.Encode()
		check(t, err)
		return b
	}
	good, stray := encode(n.Draft()), encode(actor.draft(other.ID, path))
	forged := n.Draft()
	forged.Head = p2ptest.Forge(forged.Head)
	many := make([][]byte, mailbox.MaxNotices+1)
	for i := range many {
		many[i] = good
	}
	for name, tc := range map[string]struct {
		answer           []byte
		deliver, collect content.Kind
	}{
		"a huge message":         {varint.ToUvarint(1 << 40), content.TooLarge, content.TooLarge},
		"silence":                {nil, content.Unavailable, content.Unavailable},
		"half a message":         {[]byte{100, 0xa1}, content.Unavailable, content.Unavailable},
		"junk":                   {[]byte{3, 1, 2, 3}, content.Invalid, content.Invalid},
		"nothing":                {framed(t, m{}), content.Invalid, content.Invalid},
		"too few verdicts":       {framed(t, m{"deliver": m{"verdicts": []any{}}}), content.Invalid, content.Invalid},
		"too hard a puzzle":      {framed(t, m{"deliver": m{"verdicts": []any{m{"state": "pending", "bits": 99}}}}), content.Invalid, content.Invalid},
		"a wait without end":     {framed(t, m{"deliver": m{"verdicts": []any{m{"state": "later", "wait": 1 << 62}}}}), content.Other, content.Invalid},
		"a page too large":       {framed(t, mailbox.CollectResponse(nil, many...)), content.Invalid, content.Invalid},
		"a cursor too long":      {framed(t, mailbox.CollectResponse(make(mailbox.Cursor, 65))), content.TooLarge, content.TooLarge},
		"a page with lies in it": {framed(t, mailbox.CollectResponse(nil, good, encode(forged), stray, []byte{0xa0})), content.Invalid, content.Other},
		"busy":                   {framed(t, mailbox.Busy()), content.Unavailable, content.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			liar, a := p2ptest.Host(t), newNode(t, newBox(mailbox.Accepted), nil, wire.Limits{Timeout: 500 * time.Millisecond})
			liar.Libp2p().SetStreamHandler(mailbox.Protocol, func(s network.Stream) {
				io.Copy(io.Discard, s)
				s.Write(tc.answer)
				if tc.answer == nil {
					<-t.Context().Done()
				}
				s.Close()
			})
			p2ptest.Connect(t, a.Host, liar)
			verdicts, err := a.speaker.Deliver(p2ptest.Context(t), liar.ID(), []mailbox.Notice{n})
			if content.KindOf(err) != tc.deliver || err == nil && verdicts[0] != (mailbox.Verdict{State: mailbox.Later, Wait: mailbox.MaxWait}) {
				t.Errorf("delivered: %+v, %v", verdicts, err)
			}
			p, err := a.speaker.Collect(p2ptest.Context(t), liar.ID(), target.Cert, target.Writer, nil)
			if content.KindOf(err) != tc.collect || err == nil && (len(p.Notices) != 1 || p.Notices[0].ID() != n.ID() || p.Bad != 3 || p.Done) {
				t.Errorf("collected: %d notices, %v", len(p.Notices), err)
			}
		})
	}
}

// TestAVerdictOfALaterVersionMeansLater.
func TestAVerdictOfALaterVersionMeansLater(t *testing.T) {
	b, err := dagcbor.Marshal(m{"deliver": m{"verdicts": []any{m{"state": "moon", "phase": 1}}}})
	check(t, err)
	got, err := mailbox.ReadVerdicts(b, 1)
	if err != nil || got[0] != (mailbox.Verdict{State: mailbox.Later, Wait: time.Hour}) {
		t.Errorf("%+v: %v", got, err)
	}
}
