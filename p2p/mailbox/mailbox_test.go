package mailbox_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mailbox"
)

func TestANoticeArrivesAsTheActorSignedIt(t *testing.T) {
	target, actor, friend := p2ptest.NewAccount(t), newBook(t), newBook(t)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	actor.shelf(50, 10)
	path := actor.follow(target.ID)
	actor.commit()
	introduction := friend.follow(actor.account.ID)
	friend.commit()
	d, s := actor.draft(target.ID, path), friend.says(introduction)
	d.Introduction = &s
	sent := verified(t, d)
	if got := a.deliver(t, b, sent); got[0] != (mailbox.Verdict{State: mailbox.Accepted}) {
		t.Fatalf("%+v", got)
	}
	got := b.box.kept[sent.ID()]
	r, there := got.Record()
	if b.box.from != a.ID() || got.Target() != target.ID || got.Actor() != actor.account.ID || got.Path() != path || !there ||
		string(r.Data) != string(sent.Draft().Record) || got.Head().Version() != actor.head.Version() {
		t.Errorf("%+v", got)
	}
	if by, there := got.Introduction(); !there || by.Head.Account() != friend.account.ID {
		t.Error("it is not introduced")
	}
}

// TestTheSameNewsIsOneNotice: told again, or under a later head, it has the same ID;
// the deletion of the record has another, and so has another account's record that
// is the same, and the same for another target.
func TestTheSameNewsIsOneNotice(t *testing.T) {
	target, actor, other := p2ptest.NewAccount(t), newBook(t), newBook(t)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	path := actor.follow(target.ID)
	actor.commit()
	first := actor.notice(target.ID, path)
	a.deliver(t, b, first, first)
	a.deliver(t, b, first)
	actor.shelf(5, 10)
	actor.commit()
	a.deliver(t, b, actor.notice(target.ID, path))
	if heard, kept := b.box.count(); heard != 4 || kept != 1 {
		t.Errorf("%d of %d are kept", kept, heard)
	}
	actor.remove(path)
	actor.commit()
	gone := actor.notice(target.ID, path)
	a.deliver(t, b, gone)
	if _, there := b.box.kept[gone.ID()].Record(); there || gone.Head().Version().Compare(first.Head().Version()) <= 0 {
		t.Error("the record is not gone")
	}
	other.follow(target.ID)
	other.commit()
	for name, n := range map[string]mailbox.Notice{
		"deleted": gone, "another actor's": other.notice(target.ID, path),
		"another target's": verified(t, mailbox.Draft{Target: other.account.ID, Statement: first.Draft().Statement}),
	} {
		if n.ID() == first.ID() {
			t.Errorf("%s has the same ID", name)
		}
	}
}

// TestVerdicts: each arrives with what belongs to it.
func TestVerdicts(t *testing.T) {
	target, stranger, actor := p2ptest.NewAccount(t), p2ptest.NewAccount(t), newBook(t)
	path, elsewhere := actor.follow(target.ID), actor.follow(stranger.ID)
	actor.commit()
	good := actor.notice(target.ID, path)
	for name, tc := range map[string]struct {
		state mailbox.State
		err   error
		n     mailbox.Notice
		want  mailbox.Verdict
	}{
		"accepted":             {mailbox.Accepted, nil, good, mailbox.Verdict{State: mailbox.Accepted}},
		"held":                 {mailbox.Held, nil, good, mailbox.Verdict{State: mailbox.Held}},
		"full":                 {mailbox.Later, nil, good, mailbox.Verdict{State: mailbox.Later, Wait: time.Minute}},
		"not served":           {mailbox.Accepted, nil, actor.notice(stranger.ID, elsewhere), mailbox.Verdict{State: mailbox.Unknown}},
		"not about the target": {mailbox.Accepted, nil, actor.notice(target.ID, elsewhere), mailbox.Verdict{State: mailbox.Refused}},
		"blocked":              {"", content.Errorf("box", content.Permission, "blocked"), good, mailbox.Verdict{State: mailbox.Refused}},
		"a receiver that fails": {"", content.Errorf("box", content.Other, "the disk is gone"), good,
			mailbox.Verdict{State: mailbox.Later, Wait: time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			box := newBox(tc.state, target.ID)
			box.err = tc.err
			a, b := pair(t, box)
			if got := a.deliver(t, b, tc.n)[0]; got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestAHeadAheadOfTheClockWaits, and the others of the batch do not.
func TestAHeadAheadOfTheClockWaits(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	path := actor.follow(target.ID)
	actor.commit()
	now := actor.notice(target.ID, path)
	actor.at = time.Now().Add(time.Hour)
	actor.commit()
	ahead, err := mailbox.Verify(actor.draft(target.ID, path), repo.VerifyHead, actor.at)
	check(t, err)
	a, b := pair(t, newBox(mailbox.Accepted, target.ID))
	got := a.deliver(t, b, ahead, now)
	if got[0].State != mailbox.Later || got[0].Wait < 49*time.Minute || got[0].Wait > 51*time.Minute || got[1].State != mailbox.Accepted {
		t.Errorf("%+v", got)
	}
	if heard, _ := b.box.count(); heard != 1 {
		t.Errorf("%d were heard", heard)
	}
}

// TestAMirrorKeepsNoticesUntilTheyAreCollected: pages that fit into messages, each
// acknowledged by asking for the next.
func TestAMirrorKeepsNoticesUntilTheyAreCollected(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	a, mirror := pair(t, newBox(mailbox.Held, target.ID))
	paths := append(actor.shelf(60, 100), followPath(target.ID))
	actor.follow(target.ID)
	paths = append(paths, "app.rossgram.comment/gone")
	actor.commit()
	var sent []mailbox.Notice
	for _, p := range paths {
		sent = append(sent, actor.notice(target.ID, p))
	}
	for len(sent) > 0 {
		n := min(len(sent), mailbox.MaxNotices)
		for _, v := range a.deliver(t, mirror, sent[:n]...) {
			if v.State != mailbox.Held {
				t.Fatalf("%+v", v)
			}
		}
		sent = sent[n:]
	}
	var cursor mailbox.Cursor
	got, pages := 0, 0
	for {
		p, err := a.speaker.Collect(p2ptest.Context(t), mirror.ID(), target.Cert, target.Writer, cursor)
		check(t, err)
		if p.Done {
			break
		}
		for _, n := range p.Notices {
			if n.ID() != mirror.box.order[got] {
				t.Fatalf("number %d is another", got)
			}
			got++
		}
		cursor, pages = p.Next, pages+1
	}
	if got != len(paths) || pages != 2 {
		t.Errorf("%d notices in %d pages", got, pages)
	}
}

// TestAPageOfLargeNoticesHasFewer: as many as a slow line brings in time.
func TestAPageOfLargeNoticesHasFewer(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	a, mirror := pair(t, newBox(mailbox.Held, target.ID))
	paths := actor.shelf(6, 60_000)
	actor.commit()
	for _, p := range paths {
		a.deliver(t, mirror, actor.notice(target.ID, p))
	}
	p, err := a.speaker.Collect(p2ptest.Context(t), mirror.ID(), target.Cert, target.Writer, nil)
	if err != nil || len(p.Notices) != 4 {
		t.Errorf("%d notices: %v", len(p.Notices), err)
	}
}

func TestWhoMayCollect(t *testing.T) {
	target, other := p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	a, mirror := pair(t, newBox(mailbox.Held, target.ID))
	revoked := newBox(mailbox.Held, target.ID)
	revoked.newEpoch = 2
	strict := newNode(t, revoked, nil, wire.Limits{})
	p2ptest.Connect(t, a.Host, strict.Host)
	for name, tc := range map[string]struct {
		from   node
		cert   content.Certificate
		writer p2ptest.Account
		kind   content.Kind
	}{
		"the account's writer": {mirror, target.Cert, target, content.Other},
		"another's writer":     {mirror, target.Cert, other, content.Invalid},
		"no account of this":   {mirror, other.Cert, other, content.NotFound},
		"a writer of before":   {strict, target.Cert, target, content.Invalid},
	} {
		_, err := a.speaker.Collect(p2ptest.Context(t), tc.from.ID(), tc.cert, tc.writer.Writer, nil)
		if content.KindOf(err) != tc.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.speaker.Collect(p2ptest.Context(t), mirror.ID(), target.Cert, keys.NewWriterKey(), make(mailbox.Cursor, 65)); err == nil {
		t.Error("a cursor over the limit")
	}
}

func TestFit(t *testing.T) {
	for name, tc := range map[string]struct {
		sizes []int
		want  int
	}{
		"none":           {nil, 0},
		"one":            {[]int{5}, 1},
		"one very large": {[]int{mailbox.MaxNotice, 1}, 1},
		"many small":     {make([]int, 100), mailbox.MaxNotices},
		"some large":     {[]int{100 << 10, 100 << 10, 100 << 10}, 2},
	} {
		if got := mailbox.Fit(tc.sizes); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}
