package reception_test

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/mailbox"
)

// actor is an account elsewhere, with its repository in memory.
type actor struct {
	w      *world
	phrase keys.Phrase
	writer keys.WriterKey
	cert   content.Certificate
	clock  content.TIDClock
	blocks map[cid.Cid][]byte
	tree   *mst.Tree
	head   content.Head
}

func (w *world) actor() *actor {
	w.t.Helper()
	phrase, err := keys.NewPhrase()
	check(w.t, err)
	a := &actor{w: w, phrase: phrase, blocks: make(map[cid.Cid][]byte), tree: mst.Empty(nil)}
	a.certify(1)
	return a
}

// friend is an actor that the world's account follows.
func (w *world) friend() *actor {
	a := w.actor()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.follows[[2]content.AccountID{w.me, a.id()}] = true
	return a
}

func (a *actor) certify(epoch content.Epoch) {
	key, err := a.phrase.AccountKey()
	check(a.w.t, err)
	seal, err := a.phrase.SealingKey(epoch)
	check(a.w.t, err)
	a.writer = keys.NewWriterKey()
	a.cert, err = key.Certify(epoch, a.writer.Public(), seal, noon)
	check(a.w.t, err)
}

func (a *actor) id() content.AccountID { return a.cert.Account }

func (a *actor) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	data, ok := a.blocks[c]
	if !ok {
		return nil, content.Errorf("actor.Get", content.NotFound, "not here")
	}
	return data, nil
}

// say puts a record, or the bytes of one, at a path and commits.
func (a *actor) say(p content.Path, r record.Record) content.Path {
	a.w.t.Helper()
	b, err := record.Encode(r)
	check(a.w.t, err)
	return a.sayBlock(p, b)
}

func (a *actor) sayBlock(p content.Path, b content.Block) content.Path {
	a.w.t.Helper()
	a.blocks[b.CID] = b.Data
	tree, err := a.tree.Put(context.Background(), string(p), b.CID)
	check(a.w.t, err)
	a.tree = tree
	a.commit()
	return p
}

func (a *actor) remove(p content.Path) {
	a.w.t.Helper()
	tree, err := a.tree.Delete(context.Background(), string(p))
	check(a.w.t, err)
	a.tree = tree
	a.commit()
}

func (a *actor) commit() {
	a.w.t.Helper()
	root, nodes, err := a.tree.Seal()
	check(a.w.t, err)
	for _, n := range nodes {
		a.blocks[n.CID] = n.Data
	}
	a.tree = mst.Load(a, root)
	c := content.Commit{
		Version: content.CommitVersion, Account: a.id(), Epoch: a.cert.Epoch,
		Rev: a.clock.Next(a.w.now().Add(-time.Minute), 0), Data: dagcbor.Link{Cid: root},
	}
	if !a.head.Account().IsZero() {
		prev, err := repo.CommitBlock(a.head.Commit)
		check(a.w.t, err)
		c.Prev = dagcbor.LinkTo(prev.CID)
	}
	a.head, err = repo.Sign(c, a.cert, a.writer)
	check(a.w.t, err)
}

func (a *actor) follow(subject content.AccountID) content.Path {
	p := content.NewPath(content.CollectionFollow, record.FollowKey(subject))
	return a.say(p, &record.Follow{Subject: subject, Created: record.TimeOf(noon)})
}

func likePath(s record.Subject) content.Path {
	return content.NewPath(content.CollectionLike, record.LikeKey(s))
}

func (a *actor) like(s record.Subject) content.Path {
	return a.say(likePath(s), &record.Like{Subject: s, Created: record.TimeOf(noon)})
}

func (a *actor) comment(post record.Subject, text string) content.Path {
	return a.commentAs(record.Comment{Post: post, Text: text})
}

func (a *actor) commentAs(c record.Comment) content.Path {
	tid := a.clock.Next(a.w.now().Add(-time.Minute), 0)
	return a.edit(content.NewPath(content.CollectionComment, tid.String()), c)
}

// edit writes a comment at a path.
func (a *actor) edit(p content.Path, c record.Comment) content.Path {
	a.w.t.Helper()
	tid, err := content.ParseTID(p.RecordKey())
	check(a.w.t, err)
	c.Created = record.TimeOf(noon)
	check(a.w.t, c.Sign(tid, a.cert, a.writer))
	return a.say(p, &c)
}

func (a *actor) draft(p content.Path) mailbox.Draft {
	a.w.t.Helper()
	s, err := mailbox.StatementOf(context.Background(), repo.NewView(a, a.head), p)
	check(a.w.t, err)
	return mailbox.Draft{Target: a.w.me, Statement: s}
}

func (a *actor) notice(p content.Path) mailbox.Notice {
	a.w.t.Helper()
	return a.w.verified(a.draft(p))
}

func (w *world) verified(d mailbox.Draft) mailbox.Notice {
	w.t.Helper()
	n, err := mailbox.Verify(d, repo.VerifyHead, w.now())
	check(w.t, err)
	return n
}

// brings delivers what there is at a path, and wants a state.
func (a *actor) brings(p content.Path, want mailbox.State) {
	a.w.t.Helper()
	a.w.wants(a.notice(p), want)
}

func (w *world) wants(n mailbox.Notice, want mailbox.State) mailbox.Verdict {
	w.t.Helper()
	v, err := w.Deliver(w.t.Context(), "somebody", n)
	state := v.State
	if kind := content.KindOf(err); kind == content.Invalid || kind == content.Permission {
		state = mailbox.Refused // as the speaker tells it
	} else {
		check(w.t, err)
	}
	if state != want {
		w.t.Fatalf("%s of %s is %q (%v), want %q", n.Path(), n.Actor().Fingerprint(), state, err, want)
	}
	return v
}

func uri(a *actor, p content.Path) content.URI { return content.URI{Account: a.id(), Path: p} }
