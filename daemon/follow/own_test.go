package follow_test

import (
	"path/filepath"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/follow"
)

// heir starts a node with the next certificate of a phrase, and nothing of the
// account: as if it had been moved with nobody there who has it.
func heir(t testing.TB, phrase keys.Phrase, after content.Epoch) *node {
	t.Helper()
	h := newHome(t)
	ring, err := keys.RenewKeyring(filepath.Join(t.TempDir(), "accounts"), phrase, after, time.Now())
	check(t, err)
	h.ring = ring
	return start(t, &node{home: h})
}

func newPhrase(t testing.TB) keys.Phrase {
	t.Helper()
	phrase, err := keys.NewPhrase()
	check(t, err)
	return phrase
}

// meetAgain connects anew, which compares heads.
func (n *node) meetAgain(other *node) {
	n.t.Helper()
	check(n.t, n.Host.Libp2p().Network().ClosePeer(other.Host.ID()))
	connect(n.t, n, other)
}

// TestEvidenceTravels: one who saw one history alone learns of the other from
// somebody who saw both, and passes it on.
func TestEvidenceTravels(t *testing.T) {
	t.Parallel()
	author, witness, _ := pair(t)
	double := twin(t, author)
	double.post("the other history")
	connect(t, witness, double)
	witness.waitPhase(author, follow.Forked)
	double.close()
	reader, further := newNode(t), newNode(t)
	reader.follow(author)
	further.follow(author)
	connect(t, reader, witness)
	reader.waitPhase(author, follow.Forked)
	connect(t, further, reader)
	further.waitPhase(author, follow.Forked)
	f, err := further.Keeper.Fork(t.Context(), author.id())
	check(t, err)
	check(t, f.Verify())
}

// TestBothCopiesAreTold: they meet at a reader's, not each other. Also the one is
// told that is ahead, to which the other's state is nothing newer.
func TestBothCopiesAreTold(t *testing.T) {
	t.Parallel()
	author := newNode(t)
	author.post("here")
	double := twin(t, author)
	double.post("there")
	here, there := author.warnings(), double.warnings()
	reader := newNode(t)
	reader.follow(author)
	connect(t, reader, author)
	connect(t, reader, double)
	reader.waitPhase(author, follow.Forked)
	author.meetAgain(reader)
	double.meetAgain(reader)
	eventually(t, "a warning at the first", func() bool { return here("fork") })
	eventually(t, "a warning at the copy", func() bool { return there("fork") })
}

// TestOldMachineStopsAndKeepsWhatItHad: it may not write any more, also after a
// restart, and the new one gets what it knew nothing of.
func TestOldMachineStopsAndKeepsWhatItHad(t *testing.T) {
	t.Parallel()
	phrase := newPhrase(t)
	old := writer(t, phrase)
	left := old.post("left behind")
	fresh := heir(t, phrase, 1)
	kept := fresh.post("on the new machine")
	told := old.warnings()
	connect(t, old, fresh)
	eventually(t, "a warning", func() bool { return told("account-moved") })
	old.waitFor(old, kept)
	_, op := old.write("too late")
	if _, err := old.hosted.Apply(t.Context(), []repo.Op{op}); content.KindOf(err) != content.Permission {
		t.Errorf("the old machine writes: %v", err)
	}
	old = old.again()
	if _, err := old.Replica.Writer(old.id()); content.KindOf(err) != content.Permission {
		t.Errorf("the old machine may write after a restart: %v", err)
	}
	connect(t, fresh, old)
	eventually(t, "what was left behind", func() bool {
		all, err := fresh.Branches.Left(t.Context(), fresh.id())
		return err == nil && len(all) == 1 && all[0].Path == left.path && all[0].Complete
	})
	all, err := fresh.Branches.Left(t.Context(), fresh.id())
	check(t, err)
	n, err := fresh.Branches.Rescue(t.Context(), fresh.hosted, all)
	if err != nil || n != 1 || !fresh.shows(fresh, left) {
		t.Fatalf("%d posted again: %v", n, err)
	}
	old.waitFor(old, left)
	if all, err := old.Branches.Left(t.Context(), old.id()); err != nil || len(all) != 0 {
		t.Errorf("still left behind: %v, %v", all, err)
	}
	if fresh.Branches.Holds(fresh.id()) || old.Branches.Holds(old.id()) {
		t.Error("a branch that is dealt with stays")
	}
}

// TestMoveThatKnowsAllLeavesNothingBehind: the new machine began from the old
// one's last commit.
func TestMoveThatKnowsAllLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	phrase := newPhrase(t)
	old := writer(t, phrase)
	known := old.post("known")
	head := moved(t, phrase, old)
	old.meet(offering(t, head))
	eventually(t, "the new state", func() bool {
		h, err := old.Replica.Head(t.Context(), old.id())
		return err == nil && h.Version() == head.Version()
	})
	if old.Branches.Holds(old.id()) || !old.sees(old, known) {
		t.Error("something is said to be left behind, or gone")
	}
}

// TestOneHonestHolderIsEnough: any number of holders that serve an old state are
// outvoted by one that has the newest, and nobody goes back.
func TestOneHonestHolderIsEnough(t *testing.T) {
	t.Parallel()
	author := newNode(t)
	first := author.post("old")
	stale := []*node{newNode(t), newNode(t), newNode(t)}
	for _, s := range stale {
		s.follow(author)
		connect(t, s, author)
		s.waitFor(author, first)
		s.unhear(author)
	}
	honest, reader := newNode(t), newNode(t)
	honest.follow(author)
	newest := author.post("new")
	connect(t, honest, author)
	honest.waitFor(author, newest)
	author.close()
	reader.follow(author)
	for _, s := range stale {
		connect(t, reader, s)
	}
	reader.waitFor(author, first)
	connect(t, reader, honest)
	reader.waitFor(author, newest)
	for _, s := range stale {
		reader.meetAgain(s)
	}
	if !reader.sees(author, newest) {
		t.Error("the reader went back")
	}
}

// unhear makes a node one that has not heard of anything since.
func (n *node) unhear(who *node) {
	n.t.Helper()
	check(n.t, n.Announce.Unsubscribe(who.id()))
	n.Dialer.Unwant(who.id())
	check(n.t, n.Host.Libp2p().Network().ClosePeer(who.Host.ID()))
}
