package outbox_test

import (
	"testing"
	"time"

	"rossgram.app/daemon/outbox"
	"rossgram.app/p2p/mailbox"
)

func TestAStrangerSolvesThePuzzle(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	target.box.set(func(b *box) { b.bits = 12 })
	connect(t, actor, target)
	p := actor.follow(target.id())
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
}

// TestAPuzzleThatIsTooHardIsLeft: the target has it among those of strangers.
func TestAPuzzleThatIsTooHardIsLeft(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	target.box.set(func(b *box) { b.bits = mailbox.MaxBits })
	connect(t, actor, target)
	p := actor.follow(target.id())
	actor.waitEmpty()
	if n := target.box.times(p); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// TestLaterIsLater: by the clock, and for what it was said of alone.
func TestLaterIsLater(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), start(t, newHome(t, 2)).speak()
	second := target.rings[1].ID()
	target.box.serve(mailbox.Later, target.id())
	target.box.set(func(b *box) { b.wait = time.Hour })
	connect(t, actor, target)
	p := actor.follow(target.id())
	eventually(t, "the verdict", func() bool { l := actor.pending(); return len(l) == 1 && l[0].Attempts == 1 })
	if wait := time.Until(actor.pending()[0].Next); wait < 50*time.Minute || wait > 70*time.Minute {
		t.Errorf("it is tried again after %v", wait)
	}
	check(t, actor.Book.Holds(t.Context(), target.Host.ID(), target.accounts(), nil))
	q := actor.follow(second)
	waitTold(t, target.box, second, q, true)
	if n := target.box.times(p); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	target.box.serve(mailbox.Accepted, target.id())
	actor.pass(2 * time.Hour)
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
}

// TestWhatIsRefusedIsShown, and is forgotten after 30 days.
func TestWhatIsRefusedIsShown(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	target.box.serve(mailbox.Refused, target.id())
	connect(t, actor, target)
	p := actor.follow(target.id())
	refused := func() bool { l := actor.pending(); return len(l) == 1 && l[0].State == outbox.Refused }
	eventually(t, "the verdict", refused)
	if e := actor.pending()[0]; e.Error == "" || !e.Next.IsZero() {
		t.Errorf("%+v", e)
	}
	if actor = actor.again(); !refused() || target.box.times(p) != 1 {
		t.Errorf("%+v, told %d times", actor.pending(), target.box.times(p))
	}
	connect(t, actor, target)
	actor.delete(p)
	actor.waitEmpty()
	actor.follow(target.id())
	eventually(t, "the verdict", refused)
	actor.pass(outbox.Lasts + time.Hour)
	actor.waitEmpty()
}

func TestAfterThirtyDaysItIsGivenUp(t *testing.T) {
	t.Parallel()
	actor := newNode(t)
	actor.follow(stranger(t))
	actor.pass(outbox.Lasts - time.Hour)
	eventually(t, "another attempt", func() bool { l := actor.pending(); return len(l) == 1 && l[0].Attempts > 1 })
	if s := actor.pending()[0].State; s != outbox.Waiting {
		t.Errorf("it is %s", s)
	}
	actor.pass(24 * time.Hour)
	eventually(t, "the end", func() bool { return actor.pending()[0].State == outbox.GaveUp })
	if c := actor.Outbox.Counts(); c.Failed != 1 || c.Waiting != 0 || c.Targets != 0 {
		t.Errorf("%+v", c)
	}
	actor.pass(outbox.Lasts + time.Hour)
	actor.waitEmpty()
}
