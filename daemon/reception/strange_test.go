package reception_test

import (
	"testing"
	"time"

	"rossgram.app/daemon/reception"
	"rossgram.app/p2p/mailbox"
)

// worked returns a notice with the work that lets a stranger in.
func (w *world) worked(_ *actor, n mailbox.Notice) mailbox.Notice { return w.workedFor(n, bits) }

func (w *world) workedFor(n mailbox.Notice, bits int) mailbox.Notice {
	w.t.Helper()
	work, err := mailbox.Solve(w.t.Context(), n.Puzzle(bits, w.now()))
	check(w.t, err)
	return n.WithWork(work)
}

func TestStranger(t *testing.T) {
	w := newWorld(t)
	post, a := w.post(""), w.actor()
	p := a.comment(post, "who am I?")
	n := a.notice(p)
	if v := w.wants(n, mailbox.Pending); v.Bits != bits {
		t.Errorf("%+v", v)
	}
	w.wants(n, mailbox.Pending)
	held, err := w.Held(t.Context(), w.me)
	check(t, err)
	if len(held) != 1 || !held[0].Stranger {
		t.Fatalf("%+v", held)
	}
	w.wants(w.worked(a, n), mailbox.Accepted)
	w.wantTexts(post, "who am I?")
	if held, _ := w.Held(t.Context(), w.me); len(held) != 0 {
		t.Errorf("%+v", held)
	}
	a.brings(a.like(post), mailbox.Accepted) // known by now

	b := w.actor() // whom the owner lets in
	p = b.comment(post, "and I?")
	b.brings(p, mailbox.Pending)
	check(t, w.Approve(t.Context(), w.me, uri(b, p)))
	w.wantTexts(post, "who am I?", "and I?")

	c := w.actor() // who regrets it while it waits
	p = c.comment(post, "oh")
	c.brings(p, mailbox.Pending)
	c.remove(p)
	c.brings(p, mailbox.Accepted)
	if held, _ := w.Held(t.Context(), w.me); len(held) != 0 {
		t.Errorf("%+v", held)
	}
	d := w.actor() // of whom nothing is known
	p = d.like(post)
	d.remove(p)
	d.brings(p, mailbox.Refused)
}

func TestIntroduction(t *testing.T) {
	w := newWorld(t)
	post, a, friend, nobody := w.post(""), w.actor(), w.friend(), w.actor()
	d := a.draft(a.comment(post, "hello"))
	by := func(who *actor) mailbox.Notice {
		s := who.draft(who.follow(a.id())).Statement
		d.Introduction = &s
		return w.verified(d)
	}
	w.wants(by(nobody), mailbox.Pending)
	w.wants(by(friend), mailbox.Accepted)
	w.wantTexts(post, "hello")
}

// TestAThousandStrangers bring what nobody asked for. What is kept of it is bounded,
// those who worked stay, and those who are known are served.
func TestAThousandStrangers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector; it runs without")
	}
	const flood = reception.MaxStrangers + 200
	w := newWorld(t)
	post := w.post("")
	willing := w.actor()
	effort := w.workedFor(willing.notice(willing.comment(post, "I tried")), bits-2)
	for effort.Bits(w.now(), mailbox.Fresh) >= bits { // by luck
		willing = w.actor()
		effort = w.workedFor(willing.notice(willing.comment(post, "I tried")), bits-2)
	}
	w.wants(effort, mailbox.Pending)
	notices := make([]mailbox.Notice, flood)
	for i := range notices {
		a := w.actor()
		notices[i] = a.notice(a.comment(post, "buy"))
	}
	before, began := w.size(), time.Now()
	for _, n := range notices {
		w.wants(n, mailbox.Pending)
	}
	took := time.Since(began)
	held, err := w.Held(t.Context(), w.me)
	check(t, err)
	t.Logf("%v for each, %d bytes of disk for each", took/flood, (w.size()-before)/flood)
	if len(held) != reception.MaxStrangers {
		t.Errorf("%d are held", len(held))
	}
	found := false
	for _, h := range held {
		found = found || h.Notice.Actor() == willing.id()
		if h.Notice.Actor() == notices[0].Actor() {
			t.Error("the oldest did not give way")
		}
	}
	if !found {
		t.Error("who worked was dropped")
	}
	a := w.friend()
	a.brings(a.comment(post, "still here"), mailbox.Accepted)
	w.wantTexts(post, "still here")
	w.pass(reception.KeptFor + time.Hour)
	w.reopen(quick)
	eventually(t, "strangers to be forgotten", func() bool {
		held, err := w.Held(t.Context(), w.me)
		return err == nil && len(held) < reception.MaxStrangers
	})
}

func (w *world) size() int64 {
	u, err := w.store.Usage(w.t.Context())
	check(w.t, err)
	return u.State
}

// TestWorkGetsDearer as more strangers come in by it.
func TestWorkGetsDearer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector; it runs without")
	}
	w := newWorldAt(t, never)
	price := 0
	for range 200 {
		a := w.actor()
		n := a.notice(a.follow(w.me))
		v, err := w.Deliver(t.Context(), "x", n)
		check(t, err)
		price = v.Bits
		w.wants(w.workedFor(n, price), mailbox.Accepted)
	}
	if price != bits+2 {
		t.Errorf("the last paid %d bits", price)
	}
	w.pass(2 * time.Hour)
	a := w.actor()
	if v := w.wants(a.notice(a.follow(w.me)), mailbox.Pending); v.Bits != bits {
		t.Errorf("later, %d bits", v.Bits)
	}
}
