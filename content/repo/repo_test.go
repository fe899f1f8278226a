package repo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/mst"
	"rossgram.app/content/repo"
)

func TestRecordsCanBeReadProvedAndListed(t *testing.T) {
	ctx, d, w := context.Background(), newDisk(), newWriter(t)
	r := open(t, d, w, content.Head{})
	for i := range 50 {
		apply(t, r, repo.Put(path(i), record(t, fmt.Sprint(i)), repo.Absent()))
	}
	apply(t, r, repo.Delete(path(49), repo.Expect{}))
	check(t, repo.VerifyHead(r.Head(), noon))

	v := repo.NewView(d, r.Head())
	got, err := v.Get(ctx, path(7))
	check(t, err)
	if !got.CID.Equals(record(t, "7").CID) || string(got.Data) != string(record(t, "7").Data) {
		t.Errorf("got %s", got.Data)
	}
	_, err = v.Get(ctx, path(49))
	wantKind(t, err, content.NotFound)
	for _, n := range []int{7, 49} {
		proof, err := v.Prove(ctx, path(n))
		check(t, err)
		c, err := repo.VerifyRecord(r.Head(), path(n), proof)
		check(t, err)
		if want := map[int]cid.Cid{7: record(t, "7").CID}[n]; !c.Equals(want) {
			t.Errorf("the proof of %d shows %v, want %v", n, c, want)
		}
	}
	for name, c := range map[string]struct {
		d     mst.Direction
		after string
		want  []int
	}{
		"newest first":       {mst.Backward, "", []int{48, 47, 46}},
		"the page after it":  {mst.Backward, path(46).RecordKey(), []int{45, 44, 43}},
		"oldest first":       {mst.Forward, "", []int{0, 1, 2}},
		"the one after that": {mst.Forward, path(2).RecordKey(), []int{3, 4, 5}},
		"the last page":      {mst.Forward, path(47).RecordKey(), []int{48}},
	} {
		var got []content.Path
		for e, err := range v.List(ctx, content.CollectionPost, c.d, c.after) {
			check(t, err)
			if got = append(got, e.Path); len(got) == 3 {
				break
			}
		}
		var want []content.Path
		for _, n := range c.want {
			want = append(want, path(n))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestExpectations(t *testing.T) {
	a, b := record(t, "a"), record(t, "b")
	raw := content.NewBlock(content.Raw, []byte("a photo"))
	for name, c := range map[string]struct {
		op   repo.Op
		want content.Kind // Other: it is applied
	}{
		"put over anything":         {repo.Put(path(0), b, repo.Anything()), content.Other},
		"put where nothing is":      {repo.Put(path(1), b, repo.Absent()), content.Other},
		"put where something is":    {repo.Put(path(0), b, repo.Absent()), content.Exists},
		"edit of what is there":     {repo.Put(path(0), b, repo.Exactly(a.CID)), content.Other},
		"edit of what has changed":  {repo.Put(path(0), b, repo.Exactly(b.CID)), content.Conflict},
		"edit of what is gone":      {repo.Put(path(1), b, repo.Exactly(a.CID)), content.NotFound},
		"edit of anything there":    {repo.Put(path(1), b, repo.Present()), content.NotFound},
		"delete":                    {repo.Delete(path(0), repo.Present()), content.Other},
		"delete of what is gone":    {repo.Delete(path(1), repo.Expect{}), content.NotFound},
		"delete of what changed":    {repo.Delete(path(0), repo.Exactly(b.CID)), content.Conflict},
		"a bad path":                {repo.Put("nowhere", b, repo.Anything()), content.Invalid},
		"a photo for a record":      {repo.Put(path(1), raw, repo.Anything()), content.Invalid},
		"bytes of another record":   {repo.Put(path(1), content.Block{CID: a.CID, Data: b.Data}, repo.Anything()), content.Corrupt},
		"a record without its name": {repo.Put(path(1), content.Block{Data: b.Data}, repo.Anything()), content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, newDisk(), newWriter(t), content.Head{})
			apply(t, r, repo.Put(path(0), a, repo.Absent()))
			before := r.Head()
			// All or none: the first of the two is fine.
			_, err := r.Apply(context.Background(), []repo.Op{repo.Put(path(9), a, repo.Absent()), c.op})
			if c.want == content.Other {
				check(t, err)
				return
			}
			wantKind(t, err, c.want)
			if r.Head().Version() != before.Version() {
				t.Error("a refused change made a commit")
			}
		})
	}
}

func TestRevsIncreaseWhenTheClockIsSetBack(t *testing.T) {
	d, w := newDisk(), newWriter(t)
	now := noon
	r, err := repo.Open(context.Background(), repo.Config{
		Source: d, Journal: d, Certificate: w.cert, Signer: w.key, Now: func() time.Time { return now },
	})
	check(t, err)
	defer r.Close()
	for i := range 10 {
		before := r.Head()
		c := apply(t, r, repo.Put(path(i), record(t, "x"), repo.Absent()))
		if c.Head.Version().Compare(before.Version()) <= 0 {
			t.Fatalf("%v after %v", c.Head.Commit.Rev, before.Commit.Rev)
		}
		now = now.Add(-time.Hour)
	}
}

func TestAnEmptyChangeMakesNoCommit(t *testing.T) {
	d := newDisk()
	r := open(t, d, newWriter(t), content.Head{})
	first := apply(t, r)
	if len(d.heads) != 1 || first.Head.Commit.Prev != nil {
		t.Fatal("the first commit is made without records too")
	}
	put := repo.Put(path(0), record(t, "x"), repo.Anything())
	apply(t, r, put)
	c := apply(t, r, put)
	if len(d.heads) != 2 || c.Head.Version() != c.Prev.Version() || c.Blocks != nil {
		t.Errorf("putting the same again made commit %d", len(d.heads))
	}
}

func TestAJournalThatFailsLeavesTheHead(t *testing.T) {
	d := newDisk()
	r := open(t, d, newWriter(t), content.Head{})
	apply(t, r, repo.Put(path(0), record(t, "x"), repo.Absent()))
	before := r.Head()
	d.fail = content.Errorf("disk.Publish", content.Quota, "the disk is full")
	put := repo.Put(path(1), record(t, "y"), repo.Absent())
	_, err := r.Apply(context.Background(), []repo.Op{put})
	wantKind(t, err, content.Quota)
	if r.Head().Version() != before.Version() {
		t.Fatal("the head moved")
	}
	d.fail = nil
	c := apply(t, r, put)
	if !c.Head.Commit.Prev.Equals(block(t, before).CID) {
		t.Error("the next commit does not follow the last published one")
	}
}

// TestAChangeIsAllAFollowerNeeds replays changes on another disk.
func TestAChangeIsAllAFollowerNeeds(t *testing.T) {
	d, follower := newDisk(), newDisk()
	r := open(t, d, newWriter(t), content.Head{})
	for i := range 30 {
		ops := []repo.Op{repo.Put(path(i), record(t, fmt.Sprint(i)), repo.Absent())}
		if i%3 == 2 {
			ops = append(ops, repo.Delete(path(i-2), repo.Present()), repo.Put(path(i-1), record(t, "edited"), repo.Present()))
		}
		c := apply(t, r, ops...)
		follower.add(c.Blocks...)
		again, err := repo.NewChange(context.Background(), follower, c.Prev, c.Head)
		check(t, err)
		if fmt.Sprint(again.Records, again.Nodes, again.Dropped) != fmt.Sprint(c.Records, c.Nodes, c.Dropped) {
			t.Fatalf("a follower sees %v, the writer made %v", again.Records, c.Records)
		}
		if len(c.Records) != len(ops) {
			t.Fatalf("%d changes for %d ops", len(c.Records), len(ops))
		}
		check(t, follower.Publish(context.Background(), again))
	}
}

func TestOnlyTheCertificateInForceWrites(t *testing.T) {
	d, old := newDisk(), newWriter(t)
	r := open(t, d, old, content.Head{})
	apply(t, r, repo.Put(path(0), record(t, "x"), repo.Absent()))

	moved := old.certify(t, 2)
	r2 := open(t, d, moved, r.Head())
	c := apply(t, r2)
	if c.Head.Commit.Epoch != 2 || len(c.Records) != 0 {
		t.Fatalf("the new certificate's first commit: %+v", c)
	}
	if _, err := r2.View().Get(context.Background(), path(0)); err != nil {
		t.Error("the tree did not move along:", err)
	}
	_, err := tryOpen(d, old, r2.Head())
	wantKind(t, err, content.Permission)
	if !strings.Contains(err.Error(), "another machine") {
		t.Errorf("message %q", content.Message(err))
	}
	_, err = tryOpen(d, newWriter(t), r2.Head())
	wantKind(t, err, content.Invalid)
	_, err = tryOpen(newDisk(), moved, r2.Head())
	wantKind(t, err, content.Unavailable)
	stolen := moved
	stolen.key = keys.NewWriterKey()
	_, err = tryOpen(d, stolen, r2.Head())
	wantKind(t, err, content.Permission)
}

func TestWritersAndReadersTogether(t *testing.T) {
	d := newDisk()
	r := open(t, d, newWriter(t), content.Head{})
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := r.Apply(context.Background(), []repo.Op{repo.Put(path(w*each+i), record(t, "x"), repo.Absent())}); err != nil {
					t.Error(err)
				}
				if err := repo.VerifyHead(r.Head(), noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for _, err := range r.View().List(context.Background(), content.CollectionPost, mst.Forward, "") {
		check(t, err)
		n++
	}
	if n != writers*each || len(d.heads) != writers*each {
		t.Errorf("%d records after %d commits", n, len(d.heads))
	}
	for i, h := range d.heads[1:] {
		if !h.Commit.Prev.Equals(block(t, d.heads[i]).CID) {
			t.Fatalf("commit %d does not follow the one before", i+1)
		}
	}
}

// gate is a journal that waits to be let through.
type gate struct {
	*disk
	entered, open chan struct{}
}

func (g gate) Publish(ctx context.Context, c *repo.Change) error {
	g.entered <- struct{}{}
	<-g.open
	return g.disk.Publish(ctx, c)
}

func TestWaitingCallsGiveUpAndReadersDoNotWait(t *testing.T) {
	w, g := newWriter(t), gate{newDisk(), make(chan struct{}), make(chan struct{})}
	r, err := repo.Open(context.Background(), repo.Config{
		Source: g, Journal: g, Certificate: w.cert, Signer: w.key, Now: func() time.Time { return noon },
	})
	check(t, err)
	put := func(ctx context.Context, n int) chan error {
		done := make(chan error, 1)
		go func() {
			_, err := r.Apply(ctx, []repo.Op{repo.Put(path(n), record(t, "x"), repo.Absent())})
			done <- err
		}()
		return done
	}
	first := put(context.Background(), 0)
	<-g.entered
	ctx, cancel := context.WithCancel(context.Background())
	second, third := put(ctx, 1), put(context.Background(), 2)
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the call that gave up: %v", err)
	}
	if r.Head().Version() != (content.Version{}) { // answers while the writer is at work
		t.Error("a head is seen before it is durable")
	}
	closed := make(chan error)
	go func() { closed <- r.Close() }()
	// Close is known to have begun once new calls are refused; the writer is held by the gate.
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_, err := r.Apply(ctx, nil)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			wantKind(t, err, content.Unavailable)
			break
		}
	}
	close(g.open)
	check(t, <-first)
	check(t, <-closed)
	wantKind(t, <-third, content.Unavailable)
	_, err = r.Apply(context.Background(), nil)
	wantKind(t, err, content.Unavailable)
}
