package follow_test

import (
	"testing"

	"rossgram.app/content"
	"rossgram.app/daemon/follow"
)

func (n *node) mirror(who *node, cap int64) {
	n.t.Helper()
	check(n.t, n.Keeper.Mirror(n.t.Context(), who.id(), cap))
	n.whole = []content.AccountID{who.id()}
}

func (n *node) mirrorIs(who *node, p follow.Phase) bool {
	s, ok := n.Keeper.MirrorState(who.id())
	return ok && s.Phase == p
}

// TestAMirrorKeepsWhatNobodyThereFollows: records, photos and sources, across a
// restart, until it is ended.
func TestAMirrorKeepsWhatNobodyThereFollows(t *testing.T) {
	t.Parallel()
	author, mirror := newNode(t), newNode(t)
	p, source := author.postSource("large")
	mirror.mirror(author, 1<<30)
	connect(t, mirror, author)
	mirror.waitFor(author, p)
	eventually(t, "the source", func() bool { return mirror.gives(source) && mirror.mirrorIs(author, follow.Current) })
	if _, followed := mirror.Keeper.State(author.id()); followed || len(mirror.Keeper.States()) != 0 || !mirror.Keeper.Mirrored(author.id()) {
		t.Error("it is shown as followed")
	}
	mirror = mirror.again()
	if !mirror.shows(author, p) || !mirror.gives(source) {
		t.Error("a restart lost it")
	}
	mirror.Keeper.Unmirror(author.id())
	eventually(t, "the end of the account", func() bool { return !mirror.sees(author, p) })
}

// TestAFollowerBecomesAMirror: what it left out comes, and who follows keeps on
// following when the mirror ends.
func TestAFollowerBecomesAMirror(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p, source := author.postSource("large")
	reader.follow(author)
	connect(t, reader, author)
	reader.waitPhase(author, follow.Current)
	if reader.gives(source) {
		t.Fatal("a follower fetches sources")
	}
	reader.mirror(author, 1<<30)
	eventually(t, "the source", func() bool { return reader.gives(source) })
	reader.Keeper.Unmirror(author.id())
	later := author.post("later")
	reader.waitFor(author, p, later)
}

// TestAMirrorTakesNoMoreThanItPromised: beyond its cap it says so, and goes on
// when it has more room.
func TestAMirrorTakesNoMoreThanItPromised(t *testing.T) {
	t.Parallel()
	author, mirror := newNode(t), newNode(t)
	posts := author.posts(40)
	const cap = 15_000 // the records and nodes, some 10,000 bytes, and half of the photos
	mirror.mirror(author, cap)
	connect(t, mirror, author)
	eventually(t, "its being full", func() bool {
		s, _ := mirror.Keeper.MirrorState(author.id())
		return s.Error != ""
	})
	size, err := mirror.Store.Measure(t.Context(), author.id())
	check(t, err)
	if size.Bytes > cap || size.Missing == 0 || size.Missing == len(posts) {
		t.Errorf("%+v under a cap of %d bytes", size, cap)
	}
	mirror.mirror(author, 1<<30)
	mirror.waitFor(author, posts...)
}
