package mailbox_test

import (
	"context"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

const hard = 12 // bits: some milliseconds

func TestWorkIsForOnePuzzle(t *testing.T) {
	p := mailbox.Puzzle{Target: content.AccountID{1}, Notice: mailbox.ID{2}, Day: 20_000, Bits: hard}
	w, err := mailbox.Solve(p2ptest.Context(t), p)
	check(t, err)
	if !mailbox.Check(p, w) {
		t.Fatal("the solution is none")
	}
	for name, change := range map[string]func(p *mailbox.Puzzle, w *mailbox.Work){
		"another target": func(p *mailbox.Puzzle, _ *mailbox.Work) { p.Target[5]++ },
		"another notice": func(p *mailbox.Puzzle, _ *mailbox.Work) { p.Notice[5]++ },
		"another day":    func(p *mailbox.Puzzle, _ *mailbox.Work) { p.Day++ },
		"both days":      func(p *mailbox.Puzzle, w *mailbox.Work) { p.Day++; w.Day++ },
		"a harder one":   func(p *mailbox.Puzzle, _ *mailbox.Work) { p.Bits = 60 },
		"another nonce":  func(_ *mailbox.Puzzle, w *mailbox.Work) { w.Nonce++ },
	} {
		p, w := p, w
		if change(&p, &w); mailbox.Check(p, w) {
			t.Errorf("%s is solved too", name)
		}
	}
}

func TestSolvingEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(p2ptest.Context(t))
	cancel()
	if _, err := mailbox.Solve(ctx, mailbox.Puzzle{Bits: mailbox.MaxBits}); content.KindOf(err) != content.Unavailable {
		t.Errorf("cancelled: %v", err)
	}
	for _, bits := range []int{-1, mailbox.MaxBits + 1} {
		if _, err := mailbox.Solve(p2ptest.Context(t), mailbox.Puzzle{Bits: bits}); content.KindOf(err) != content.Invalid {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
}

// TestAStrangerWorksForTrust: told how hard the puzzle is, it solves it and is
// heard; work for another notice, or of days ago, counts for nothing.
func TestAStrangerWorksForTrust(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	b := newBox(mailbox.Accepted, target.ID)
	b.bits = hard
	stranger, asked := pair(t, b)
	path := actor.follow(target.ID)
	like := actor.shelf(1, 10)[0]
	actor.commit()
	n, other := actor.notice(target.ID, path), actor.notice(target.ID, like)
	v := stranger.deliver(t, asked, n)[0]
	if v != (mailbox.Verdict{State: mailbox.Pending, Bits: hard}) {
		t.Fatalf("%+v", v)
	}
	solve := func(n mailbox.Notice, at time.Time) mailbox.Work {
		w, err := mailbox.Solve(p2ptest.Context(t), n.Puzzle(v.Bits, at))
		check(t, err)
		return w
	}
	now := time.Now()
	for name, tc := range map[string]struct {
		n    mailbox.Notice
		want mailbox.State
	}{
		"for another notice": {n.WithWork(solve(other, now)), mailbox.Pending},
		"of three days ago":  {n.WithWork(solve(n, now.Add(-3*mailbox.Fresh))), mailbox.Pending},
		"of days to come":    {n.WithWork(solve(n, now.Add(3*mailbox.Fresh))), mailbox.Pending},
		"of yesterday":       {n.WithWork(solve(n, now.Add(-mailbox.Fresh/2))), mailbox.Accepted},
		"of today":           {n.WithWork(solve(n, now)), mailbox.Accepted},
	} {
		if got := stranger.deliver(t, asked, tc.n)[0]; got.State != tc.want {
			t.Errorf("work %s: %+v", name, got)
		}
	}
	old := n.WithWork(solve(n, now.Add(-20*mailbox.Fresh)))
	if old.Bits(now, mailbox.Fresh) != 0 || old.Bits(now, 30*mailbox.Fresh) < hard {
		t.Error("work for a notice that a mirror kept for 20 days")
	}
}
