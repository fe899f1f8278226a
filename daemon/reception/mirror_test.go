package reception_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/reception"
	"rossgram.app/p2p"
	"rossgram.app/p2p/mailbox"
)

// speaks starts a host and the mailbox on it.
func (w *world) speaks() (*p2p.Host, *mailbox.Speaker) {
	w.t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	check(w.t, err)
	h, err := p2p.New(w.t.Context(), p2p.Config{
		Key: key, Agent: "rossgram/test", Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0")),
	})
	check(w.t, err)
	check(w.t, h.Listen())
	s, err := mailbox.New(h.Libp2p(), mailbox.Config{Receiver: w, Verify: repo.VerifyHead, Now: w.now})
	check(w.t, err)
	w.t.Cleanup(func() { check(w.t, s.Close()); check(w.t, h.Close()) })
	return h, s
}

// mirrorOf returns a node that has promised to keep the account of another.
func mirrorOf(w *world) *world {
	m := newWorldAt(w.t, never)
	m.mirrors[w.me] = true
	return m
}

// TestOverTheNetwork brings notices from a mirror's node, which collects others there.
func TestOverTheNetwork(t *testing.T) {
	w := newWorld(t)
	m := mirrorOf(w)
	home, speaker := w.speaks()
	away, other := m.speaks()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	check(t, away.Connect(ctx, peer.AddrInfo{ID: home.ID(), Addrs: home.Libp2p().Addrs()}))
	post, a := w.post(""), w.friend()
	direct := a.notice(a.comment(post, "direct"))
	verdicts, err := other.Deliver(ctx, home.ID(), []mailbox.Notice{direct, a.notice(a.follow(m.me))})
	check(t, err)
	if verdicts[0].State != mailbox.Accepted || verdicts[1].State != mailbox.Refused {
		t.Fatal(verdicts)
	}
	w.wantTexts(post, "direct")

	stranger := w.actor()
	verdicts, err = speaker.Deliver(ctx, away.ID(), []mailbox.Notice{
		a.notice(a.comment(post, "by a mirror")), a.notice(a.like(post)),
		w.worked(stranger, stranger.notice(stranger.like(post))),
	})
	check(t, err)
	for _, v := range verdicts {
		if v.State != mailbox.Held {
			t.Fatal(verdicts)
		}
	}
	m.reopen(never)
	w.pass(10 * 24 * time.Hour)
	m.pass(10 * 24 * time.Hour)
	var cursor mailbox.Cursor
	for n := 0; ; n++ {
		page, err := speaker.Collect(ctx, away.ID(), w.ring.Certificate(), w.ring.Writer(), cursor)
		check(t, err)
		if page.Done {
			break
		}
		for _, got := range page.Notices {
			v, err := w.Local(ctx, got)
			check(t, err)
			if v.State != mailbox.Accepted {
				t.Fatalf("%s of %s is %s", got.Path(), got.Actor(), v.State)
			}
		}
		cursor = page.Next
	}
	w.wantTexts(post, "direct", "by a mirror")
	w.wantLikes(post, 2)
	if left, _, err := m.Collect(ctx, w.ring.Certificate(), nil, 32); err != nil || len(left) != 0 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func (w *world) collect(cert content.Certificate, cursor mailbox.Cursor, most int) ([]mailbox.Draft, mailbox.Cursor) {
	w.t.Helper()
	drafts, next, err := w.Collect(w.t.Context(), cert, cursor, most)
	check(w.t, err)
	return drafts, next
}

func TestHoldAndCollect(t *testing.T) {
	w := newWorldAt(t, never)
	m, post, a := mirrorOf(w), w.post(""), w.friend()
	like, cert := a.like(post), w.ring.Certificate()
	liked := a.notice(like)
	m.wants(liked, mailbox.Held)
	m.wants(liked, mailbox.Held)
	m.wants(a.notice(a.comment(post, "one")), mailbox.Held)
	a.remove(like)
	m.wants(a.notice(like), mailbox.Held) // in the place of the like
	m.wants(liked, mailbox.Held)
	m.wants(a.notice(a.follow(m.me)), mailbox.Refused)
	first, cursor := m.collect(cert, nil, 1)
	again, _ := m.collect(cert, nil, 32)
	if len(first) != 1 || len(again) != 2 || again[1].Path != like || len(again[1].Record) != 0 {
		t.Fatalf("%d, %d", len(first), len(again))
	}
	rest, end := m.collect(cert, cursor, 32)
	forgotten, _ := m.collect(cert, nil, 32)
	if len(rest) != 1 || len(forgotten) != 1 {
		t.Fatalf("%d, %d", len(rest), len(forgotten))
	}
	last, _ := m.collect(cert, end, 32)
	m.wants(a.notice(a.comment(post, "two")), mailbox.Held) // behind the last cursor
	more, _ := m.collect(cert, end, 32)
	if len(last) != 0 || len(more) != 1 {
		t.Errorf("%d, %d", len(last), len(more))
	}
	_, _, err := m.Collect(t.Context(), m.ring.Certificate(), nil, 32)
	wantKind(t, err, content.NotFound)
	_, _, err = m.Collect(t.Context(), cert, mailbox.Cursor("nonsense!"), 32)
	wantKind(t, err, content.Invalid)
}

// TestCollectByARevokedMachine after the mirror has seen the account's move.
func TestCollectByARevokedMachine(t *testing.T) {
	w := newWorldAt(t, never)
	owner := w.actor() // plays the account that is mirrored
	m := newWorldAt(t, never)
	m.mirrors[owner.id()] = true
	old := owner.cert
	a := w.friend()
	d := a.draft(a.follow(owner.id()))
	d.Target = owner.id()
	m.wants(w.verified(d), mailbox.Held)
	_, _ = m.collect(old, nil, 32)
	owner.certify(2)
	owner.commit()
	check(t, m.store.Put(t.Context(), owner.all()...))
	change, err := repo.NewChange(t.Context(), m.store, content.Head{}, owner.head)
	check(t, err)
	check(t, m.repos.Advance(t.Context(), change))
	_, _, err = m.Collect(t.Context(), old, nil, 32)
	wantKind(t, err, content.Permission)
	if got, _ := m.collect(owner.cert, nil, 32); len(got) != 1 {
		t.Errorf("%d", len(got))
	}
}

// all returns the blocks of an actor's repository.
func (a *actor) all() (blocks []content.Block) {
	for c, b := range a.blocks {
		blocks = append(blocks, content.Block{CID: c, Data: b})
	}
	commit, err := repo.CommitBlock(a.head.Commit)
	check(a.w.t, err)
	return append(blocks, commit)
}

// TestMirrorIsBounded by actor, by work and by time.
func TestMirrorIsBounded(t *testing.T) {
	w := newWorldAt(t, never)
	m, post, a := mirrorOf(w), w.post(""), w.friend()
	for range reception.MaxKeptOfActor {
		m.wants(a.notice(a.comment(post, "again")), mailbox.Held)
	}
	m.wants(a.notice(a.comment(post, "and again")), mailbox.Later)
	m.pass(reception.KeptFor - time.Hour)
	w.pass(reception.KeptFor - time.Hour)
	b := w.friend()
	m.wants(b.notice(b.like(post)), mailbox.Held)
	m.pass(2 * time.Hour)
	m.reopen(never)
	eventually(t, "old notices to be forgotten", func() bool {
		list, _ := m.collect(w.ring.Certificate(), nil, 200)
		return len(list) == 1
	})
	m.wants(a.notice(a.comment(post, "and now")), mailbox.Held)
}

// TestMirrorFlood fills half of the room with what nobody worked for.
func TestMirrorFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector; it runs without")
	}
	const each, actors = reception.MaxKeptOfActor, reception.MaxKept/2/reception.MaxKeptOfActor + 2
	w := newWorldAt(t, never)
	m, post := mirrorOf(w), w.post("")
	var held, pending atomic.Int64
	var flood sync.WaitGroup
	for range actors {
		a := w.actor()
		for range each {
			n := a.notice(a.comment(post, "buy"))
			flood.Go(func() {
				v, err := m.Deliver(t.Context(), "x", n)
				if err != nil {
					t.Error(err)
				}
				switch v {
				case mailbox.Verdict{State: mailbox.Held}:
					held.Add(1)
				case mailbox.Verdict{State: mailbox.Pending, Bits: bits}:
					pending.Add(1)
				}
			})
		}
	}
	flood.Wait()
	if held.Load() != reception.MaxKept/2 || held.Load()+pending.Load() != actors*each {
		t.Errorf("%d are held, %d pending", held.Load(), pending.Load())
	}
	a := w.actor()
	m.wants(w.worked(a, a.notice(a.like(post))), mailbox.Held)
}
