package outbox_test

import (
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
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

// TestATargetThatHasEnoughIsNotPressed: it is not told of all that there is only to say
// so each time.
func TestATargetThatHasEnoughIsNotPressed(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	target.box.serve(mailbox.Later, target.id())
	target.box.set(func(b *box) { b.wait = time.Hour })
	var ops []repo.Op
	var paths []content.Path
	for i := range 2*mailbox.MaxNotices + 1 {
		post := content.NewPath(content.CollectionPost, content.NewTID(noon.Time(), uint16(i)).String())
		liked := record.Subject{Account: target.id(), Path: post}
		paths = append(paths, content.NewPath(content.CollectionLike, record.LikeKey(liked)))
		ops = append(ops, put(t, paths[i], &record.Like{Subject: liked, Created: noon}))
	}
	actor.apply(ops...)
	connect(t, actor, target)
	heard := func() (n int) {
		for _, p := range paths {
			n += target.box.times(p)
		}
		return n
	}
	eventually(t, "a verdict", func() bool {
		return slices.ContainsFunc(actor.pending(), func(e outbox.Entry) bool { return e.Next.After(time.Now().Add(30 * time.Minute)) })
	})
	if n := heard(); n != mailbox.MaxNotices {
		t.Errorf("it was told of %d at once", n)
	}
	target.box.serve(mailbox.Accepted, target.id())
	actor.pass(time.Hour + time.Minute)
	actor.waitEmpty()
	if n := heard(); n != len(paths)+mailbox.MaxNotices {
		t.Errorf("it was told %d times", n)
	}
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
