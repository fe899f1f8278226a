package follow_test

import (
	"path/filepath"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/follow"
)

// twin starts a node in a home of its own that writes for the account of another.
func twin(t testing.TB, n *node) *node {
	t.Helper()
	other := newHome(t)
	other.ring = n.ring
	return start(t, &node{home: other})
}

// warnings collects the codes of a node's warnings from now on.
func (n *node) warnings() func(code string) bool {
	events, stop := n.Events.Subscribe(1000)
	n.t.Cleanup(stop)
	seen := make(map[string]bool)
	return func(code string) bool {
		for len(events) > 0 {
			if w, ok := (<-events).Data.(event.WarningData); ok {
				seen[w.Code] = true
			}
		}
		return seen[code]
	}
}

// TestForkIsKeptAsEvidence: of two histories the reader keeps the one it had,
// shows that there are two, and goes on with a higher epoch.
func TestForkIsKeptAsEvidence(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	warned := reader.warnings()
	double := twin(t, author)
	other := double.post("the other history")
	connect(t, reader, double)
	reader.waitPhase(author, follow.Forked)
	if reader.sees(author, other) || !reader.sees(author, first) {
		t.Error("the reader left the history it had")
	}
	eventually(t, "a warning", func() bool { return warned("fork-followed") })
	f, err := reader.Keeper.Fork(t.Context(), author.id())
	check(t, err)
	if err := f.Verify(); err != nil || f.Later.Version() != double.head().Version() {
		t.Errorf("%+v: %v", f, err)
	}
	reader.waitFor(author, author.post("the first history goes on"))
	if p := reader.phase(author); p != follow.Forked {
		t.Errorf("the phase is %s", p)
	}
	reader = reader.again()
	reader.waitPhase(author, follow.Forked)
}

func TestHigherEpochEndsAFork(t *testing.T) {
	t.Parallel()
	phrase, err := keys.NewPhrase()
	check(t, err)
	author := writer(t, phrase)
	double := twin(t, author)
	first, other := author.post("one history"), double.post("the other")
	reader := newNode(t)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, first)
	connect(t, reader, double)
	reader.waitPhase(author, follow.Forked)
	reader.meet(offering(t, moved(t, phrase, double)))
	reader.waitPhase(author, follow.Current)
	if !reader.sees(author, other) || reader.sees(author, first) {
		t.Error("the account did not move to the history that its owner chose")
	}
}

// writer starts a node with a writer key that is new, for the account of a phrase.
func writer(t testing.TB, phrase keys.Phrase) *node {
	t.Helper()
	h := newHome(t)
	ring, err := keys.CreateKeyring(filepath.Join(t.TempDir(), "accounts"), phrase, false, time.Now())
	check(t, err)
	h.ring = ring
	return start(t, &node{home: h})
}

// moved signs a head of the next epoch over what a node has.
func moved(t testing.TB, phrase keys.Phrase, from *node) content.Head {
	t.Helper()
	account, err := phrase.AccountKey()
	check(t, err)
	seal, err := phrase.SealingKey(2)
	check(t, err)
	key := keys.NewWriterKey()
	cert, err := account.Certify(2, key.Public(), seal, time.Now())
	check(t, err)
	h, err := repo.Sign(content.Commit{
		Version: content.CommitVersion, Account: from.id(), Epoch: 2, Rev: clock.Next(time.Now(), 0),
		Prev: dagcbor.LinkTo(commitOf(t, from.head()).CID), Data: from.head().Commit.Data,
	}, cert, key)
	check(t, err)
	return h
}

// TestOfTwoWritersOneCounts: where a phrase was used on two machines, every reader
// comes to show the same one of them, whichever it knew first.
func TestOfTwoWritersOneCounts(t *testing.T) {
	t.Parallel()
	phrase, err := keys.NewPhrase()
	check(t, err)
	counts, other := writer(t, phrase), writer(t, phrase)
	order, err := keys.CompareCertificates(counts.ring.Certificate(), other.ring.Certificate())
	check(t, err)
	if order < 0 {
		counts, other = other, counts
	}
	lost, kept := other.post("of the one that does not count"), counts.post("of the one that counts")
	reader := newNode(t)
	reader.follow(counts)
	connect(t, reader, other)
	reader.waitFor(counts, lost)
	connect(t, reader, counts)
	reader.waitFor(counts, kept)
	late, op := other.write("ignored")
	if _, err := other.hosted.Apply(t.Context(), []repo.Op{op}); err != nil { // it may have heard of the one that counts
		if _, retired := other.Replica.Retired(other.id()); !retired {
			t.Fatal(err)
		}
	}
	connect(t, reader, other)
	reader.waitFor(counts, counts.post("goes on"))
	if reader.sees(counts, late) || reader.sees(counts, lost) {
		t.Error("the other history is shown")
	}
}

// TestOwnerIsToldOfAnotherWriter: a node hears that its account is written
// elsewhere too.
func TestOwnerIsToldOfAnotherWriter(t *testing.T) {
	t.Parallel()
	author := newNode(t)
	warned := author.warnings()
	author.post("here")
	double := twin(t, author)
	double.post("there")
	connect(t, author, double)
	eventually(t, "a warning", func() bool { return warned("fork") })
}
