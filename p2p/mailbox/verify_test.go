package mailbox_test

import (
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

// TestWhatIsNotProvenIsNoNotice: everything that can be wrong with a draft.
func TestWhatIsNotProvenIsNoNotice(t *testing.T) {
	target, actor, other := p2ptest.NewAccount(t).ID, newBook(t), newBook(t)
	paths := actor.shelf(200, 10)
	path := actor.follow(target)
	actor.commit()
	other.follow(target)
	other.commit()
	absent := content.Path("app.rossgram.like/none")
	for name, change := range map[string]func(d *mailbox.Draft){
		"a forged head":            func(d *mailbox.Draft) { d.Head = p2ptest.Forge(d.Head) },
		"another account's head":   func(d *mailbox.Draft) { d.Head = other.head },
		"another's certificate":    func(d *mailbox.Draft) { d.Head.Cert = other.head.Cert },
		"another path":             func(d *mailbox.Draft) { d.Path = paths[7] },
		"no path":                  func(d *mailbox.Draft) { d.Path = "moon" },
		"no target":                func(d *mailbox.Draft) { d.Target = content.AccountID{} },
		"no proof":                 func(d *mailbox.Draft) { d.Proof = nil },
		"half a proof":             func(d *mailbox.Draft) { d.Proof = d.Proof[:len(d.Proof)-1] },
		"another's proof":          func(d *mailbox.Draft) { d.Proof = other.says(path).Proof },
		"a proof in another order": func(d *mailbox.Draft) { slices.Reverse(d.Proof) },
		"a node too many":          func(d *mailbox.Draft) { d.Proof = append(d.Proof, d.Proof[0]) },
		"a node that was changed":  func(d *mailbox.Draft) { d.Proof[0] = slices.Clone(d.Proof[0]); d.Proof[0][9] ^= 1 },
		"a node over the limit":    func(d *mailbox.Draft) { d.Proof[0] = make([]byte, content.MaxNodeSize+1) },
		"too many nodes":           func(d *mailbox.Draft) { d.Proof = make([][]byte, mailbox.MaxProof+1) },
		"too large a proof":        func(d *mailbox.Draft) { d.Proof = [][]byte{make([]byte, mailbox.MaxProofSize+1)} },
		"another record":           func(d *mailbox.Draft) { d.Record = actor.says(paths[0]).Record },
		"a record over the limit":  func(d *mailbox.Draft) { d.Record = make([]byte, mailbox.MaxRecord+1) },
		"a record left out":        func(d *mailbox.Draft) { d.Record = nil },
		"a record where none is":   func(d *mailbox.Draft) { d.Statement = actor.says(absent); d.Record = []byte{0xa0} },
	} {
		t.Run(name, func(t *testing.T) {
			d := actor.draft(target, path)
			verified(t, d)
			change(&d)
			_, err := mailbox.Verify(d, repo.VerifyHead, time.Now())
			if k := content.KindOf(err); k != content.Invalid && k != content.TooLarge {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestARecordThatIsNotDAGCBOR has a CID all the same.
func TestARecordThatIsNotDAGCBOR(t *testing.T) {
	actor := newBook(t)
	path := content.Path("app.rossgram.like/x")
	actor.put(path, content.NewBlock(content.DagCBOR, []byte{0xff}))
	actor.put("app.rossgram.like/y", content.NewBlock(content.Raw, []byte{0xa0}))
	actor.commit()
	for _, p := range []content.Path{path, "app.rossgram.like/y"} {
		d := actor.draft(p2ptest.NewAccount(t).ID, p)
		if _, err := mailbox.Verify(d, repo.VerifyHead, time.Now()); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestANoticeOfAnEmptyRepository(t *testing.T) {
	actor := newBook(t)
	actor.commit()
	n := actor.notice(p2ptest.NewAccount(t).ID, "app.rossgram.like/x")
	if _, there := n.Record(); there {
		t.Error("there is a record")
	}
}

// TestAnIntroduction: a third account's follow of the actor, proven as the notice.
func TestAnIntroduction(t *testing.T) {
	target, actor, friend := p2ptest.NewAccount(t).ID, newBook(t), newBook(t)
	path := actor.follow(target)
	toSelf := actor.follow(actor.account.ID)
	actor.commit()
	toActor, toTarget := friend.follow(actor.account.ID), friend.follow(target)
	wrong, err := record.Encode(&record.Follow{Subject: target, Created: record.TimeOf(p2ptest.Noon)})
	check(t, err)
	friend.commit()
	liar := newBook(t)
	liar.put(followPath(actor.account.ID), wrong) // at the right path
	liar.commit()
	gone := newBook(t)
	gone.commit()

	d := actor.draft(target, path)
	good := friend.says(toActor)
	d.Introduction = &good
	n := verified(t, d)
	if by, there := n.Introduction(); !there || by.Head.Account() != friend.account.ID {
		t.Errorf("introduced by %v", by.Head.Account())
	}
	if n.ID() != actor.notice(target, path).ID() {
		t.Error("an introduction makes it another notice")
	}
	forged := good
	forged.Head = p2ptest.Forge(good.Head)
	for name, s := range map[string]mailbox.Statement{
		"of somebody else":     friend.says(toTarget),
		"by the actor":         actor.says(toSelf),
		"taken back":           gone.says(toActor),
		"with another subject": liar.says(toActor),
		"forged":               forged,
	} {
		d.Introduction = &s
		if _, err := mailbox.Verify(d, repo.VerifyHead, time.Now()); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestANoticeHasOneForm: what an outbox keeps comes back as it was.
func TestANoticeHasOneForm(t *testing.T) {
	target, actor, friend := p2ptest.NewAccount(t).ID, newBook(t), newBook(t)
	path := actor.follow(target)
	actor.commit()
	friend.follow(actor.account.ID)
	friend.commit()
	introduction := friend.says(followPath(actor.account.ID))
	for name, d := range map[string]mailbox.Draft{
		"of a record":  actor.draft(target, path),
		"of none":      actor.draft(target, "app.rossgram.like/none"),
		"with it all":  {Target: target, Statement: actor.says(path), Introduction: &introduction, Work: mailbox.Work{Day: 1, Nonce: 2}},
		"with a nonce": {Target: target, Statement: actor.says(path), Work: mailbox.Work{Nonce: 1}},
	} {
		n := verified(t, d)
		b, err := n.Encode()
		check(t, err)
		again, err := mailbox.Decode(b)
		check(t, err)
		if m := verified(t, again); m.ID() != n.ID() || m.Draft().Work != n.Draft().Work {
			t.Errorf("%s: it is another", name)
		}
		for i := 0; i < len(b); i += 5 {
			bad := slices.Clone(b)
			bad[i] ^= 1
			d, err := mailbox.Decode(bad)
			if err != nil {
				continue
			}
			m, err := mailbox.Verify(d, repo.VerifyHead, time.Now())
			if err == nil && m.ID() == n.ID() && m.Draft().Work == n.Draft().Work {
				t.Errorf("%s: byte %d says nothing", name, i)
			}
		}
	}
}
