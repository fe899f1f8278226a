package outbox_test

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon/outbox"
	"rossgram.app/p2p/mailbox"
)

// stranger returns an account that no node here hosts.
func stranger(t testing.TB) content.AccountID {
	t.Helper()
	phrase, err := keys.NewPhrase()
	check(t, err)
	ring, err := keys.CreateKeyring(t.TempDir(), phrase, false, time.Now())
	check(t, err)
	return ring.ID()
}

func TestWhatIsSaidIsToldAtOnce(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	connect(t, actor, target)
	p := actor.follow(target.id())
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
	actor.delete(p)
	waitTold(t, target.box, target.id(), p, false)
	actor.waitEmpty()
}

// TestATargetThatIsOffIsToldWhenItComes: at once, though it would not be tried for long.
func TestATargetThatIsOffIsToldWhenItComes(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	target.close()
	p := actor.follow(target.id())
	eventually(t, "an attempt", func() bool { l := actor.pending(); return len(l) == 1 && l[0].Attempts > 0 })
	e := actor.pending()[0]
	if e.Target != target.id() || e.Path != p || e.State != outbox.Waiting || e.Error == "" || !e.Next.After(time.Now().Add(10*time.Second)) {
		t.Errorf("%+v", e)
	}
	connect(t, actor, target.again())
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
}

func TestARestartOfTheActorForgetsNothing(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	p := actor.follow(target.id())
	since := actor.pending()[0].Since
	actor = actor.again()
	if l := actor.pending(); len(l) != 1 || l[0].Since.Sub(since).Abs() > time.Second {
		t.Errorf("%+v", l)
	}
	connect(t, actor, target)
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
	if actor = actor.again(); len(actor.pending()) != 0 {
		t.Error("what was told is to be told again")
	}
}

// TestACrashBeforeItWasHeardOf: what was said then is found by the next start, and
// also what was deleted.
func TestACrashBeforeItWasHeardOf(t *testing.T) {
	t.Parallel()
	actor, a, b := newNode(t), newNode(t).speak(), newNode(t).speak()
	connect(t, actor, a)
	first := actor.follow(a.id())
	waitTold(t, a.box, a.id(), first, true)
	actor.waitEmpty()
	actor = actor.again(func(h *home) { h.deaf = true })
	actor.delete(first)
	second := actor.follow(b.id())
	actor = actor.again(func(h *home) { h.deaf = false })
	connect(t, actor, a)
	connect(t, actor, b)
	waitTold(t, a.box, a.id(), first, false)
	waitTold(t, b.box, b.id(), second, true)
	actor.waitEmpty()
}

// TestAStepThatWasMissedIsFoundByTheNext, as when the disk was full.
func TestAStepThatWasMissedIsFoundByTheNext(t *testing.T) {
	t.Parallel()
	actor, a, b := newNode(t), stranger(t), stranger(t)
	actor.deaf = true
	actor.follow(a)
	actor.deaf = false
	actor.follow(b)
	if l := actor.pending(); len(l) != 2 {
		t.Errorf("%+v", l)
	}
}

// TestWhatIsOldIsNotToldAfterAMove: but that it is deleted is.
func TestWhatIsOldIsNotToldAfterAMove(t *testing.T) {
	t.Parallel()
	actor, old, young := start(t, func() home { h := newHome(t, 1); h.deaf = true; return h }()), stranger(t), stranger(t)
	p := actor.followAt(old, time.Now().Add(-2*outbox.Lasts))
	actor.follow(young)
	actor = actor.again(func(h *home) { h.deaf = false })
	if l := actor.pending(); len(l) != 1 || l[0].Target != young {
		t.Fatalf("%+v", l)
	}
	actor.delete(p)
	if l := actor.pending(); len(l) != 2 {
		t.Errorf("%+v", l)
	}
}

func TestWhatNobodyHasHeardOfIsTakenBackQuietly(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	p := actor.follow(target.id())
	actor.delete(p)
	actor.waitEmpty()
	p = actor.follow(target.id())
	actor = actor.again() // by now somebody may have
	actor.delete(p)
	connect(t, actor, target)
	waitTold(t, target.box, target.id(), p, false)
	actor.waitEmpty()
	if target.box.has(target.id(), p, true) {
		t.Error("it is told of what is gone")
	}
}

func TestAccountsOfOneNode(t *testing.T) {
	t.Parallel()
	n := start(t, newHome(t, 2))
	other := n.rings[1].ID()
	p := n.follow(other)
	waitTold(t, n.box, other, p, true)
	n.waitEmpty()
}

func TestSeveralTargetsOfOneNode(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), start(t, newHome(t, 6))
	var paths []content.Path
	var ids []content.AccountID
	for _, ring := range target.rings {
		ids, paths = append(ids, ring.ID()), append(paths, actor.follow(ring.ID()))
	}
	check(t, actor.Book.Holds(t.Context(), target.Host.ID(), ids, nil))
	connect(t, actor, target)
	for i, p := range paths {
		waitTold(t, target.box, ids[i], p, true)
	}
	actor.waitEmpty()
}

// TestAHolderThatDoesNotServeIsPassedOver, as one that only follows the target.
func TestAHolderThatDoesNotServeIsPassedOver(t *testing.T) {
	t.Parallel()
	actor, follower, target := newNode(t), newNode(t), newNode(t).speak()
	check(t, actor.Book.Holds(t.Context(), follower.Host.ID(), []content.AccountID{target.id()}, nil))
	connect(t, actor, follower)
	p := actor.follow(target.id())
	eventually(t, "it to be asked", func() bool { return follower.box.times(p) > 0 })
	connect(t, actor, target)
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
}

// TestANodeThatIsKnownIsDialled.
func TestANodeThatIsKnownIsDialled(t *testing.T) {
	t.Parallel()
	actor, target := newNode(t), newNode(t).speak()
	check(t, actor.Book.Learn(t.Context(), target.Host.ID(), target.Host.Libp2p().Addrs()...))
	check(t, actor.Book.Holds(t.Context(), target.Host.ID(), []content.AccountID{target.id()}, nil))
	p := actor.follow(target.id())
	waitTold(t, target.box, target.id(), p, true)
	actor.waitEmpty()
}

// TestAMirrorHoldsAndTheTargetCollects: target and actor are never on at once.
func TestAMirrorHoldsAndTheTargetCollects(t *testing.T) {
	t.Parallel()
	actor, mirror := newNode(t), newNode(t)
	target := start(t, func() home { h := newHome(t, 1); h.mirrors = []peer.ID{mirror.Host.ID()}; return h }())
	mirror.box.serve(mailbox.Held, target.id())
	check(t, actor.Book.Holds(t.Context(), mirror.Host.ID(), []content.AccountID{target.id()}, nil))
	target.close()
	connect(t, actor, mirror)
	p := actor.follow(target.id())
	waitTold(t, mirror.box, target.id(), p, true)
	actor.waitEmpty()
	actor.close()
	target.box.set(func(b *box) { b.full = true })
	target = target.again()
	connect(t, target, mirror)
	eventually(t, "an attempt", func() bool { return target.box.times(p) > 0 })
	if c := target.Outbox.Counts(); c.Collected != 0 {
		t.Errorf("%+v", c)
	}
	target.box.set(func(b *box) { b.full = false })
	target.pass(time.Hour)
	waitTold(t, target.box, target.id(), p, true)
	eventually(t, "it to be counted", func() bool { return target.Outbox.Counts().Collected == 1 })
}
