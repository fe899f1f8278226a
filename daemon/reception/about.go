package reception

import (
	"context"
	"slices"
	"sync"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/mailbox"
)

// errNotAbout is what a notice is refused for that names a target it is not about.
var errNotAbout = content.Errorf("reception.about", content.Invalid, "the record is not about the account")

// about is what a record has to do with the target.
type about struct {
	record  record.Record
	post    content.TID // of the target, to which it responds; 0 if to none
	comment bool        // it is to be listed under the post
	policy  record.Commenters
}

// claim is what a record says that it has to do with the target.
type claim struct {
	record   record.Record
	subjects []record.Subject // of the target, to which it responds
	named    bool             // it is about the target whether these exist or not
}

// claimOf returns what a record says of the target, from the record alone. It is
// errNotAbout if that is nothing; there is none of a record that was deleted.
func claimOf(n mailbox.Notice) (claim, error) {
	b, there := n.Record()
	if !there {
		return claim{}, nil
	}
	rec, err := record.Decode(b.Data)
	if err != nil || rec.Type() != n.Path().Collection() {
		return claim{}, errNotAbout
	}
	target, rkey := n.Target(), n.Path().RecordKey()
	c := claim{record: rec}
	inPlace := false
	switch rec := rec.(type) {
	case *record.Follow:
		c.named = rec.Subject == target && n.Actor() != target
		inPlace = rkey == record.FollowKey(rec.Subject)
	case *record.Like:
		c.respond(target, &rec.Subject)
		inPlace = rkey == record.LikeKey(rec.Subject)
	case *record.Reblog:
		c.respond(target, &rec.Subject)
		c.named, inPlace = slices.Contains(rec.Mentions, target), rkey == record.ReblogKey(rec.Subject)
	case *record.Comment:
		c.respond(target, &rec.Post, rec.Parent)
		c.named, inPlace = slices.Contains(rec.Mentions, target), isTID(rkey)
	case *record.Post:
		c.named, inPlace = names(rec, target), isTID(rkey)
	}
	if !inPlace || !c.named && len(c.subjects) == 0 {
		return claim{}, errNotAbout
	}
	return c, nil
}

func (c *claim) respond(target content.AccountID, subjects ...*record.Subject) {
	for _, s := range subjects {
		if s != nil && s.Account == target {
			c.subjects = append(c.subjects, *s)
		}
	}
}

// names reports whether a post mentions an account, or shows it.
func names(p *record.Post, account content.AccountID) bool {
	shows := func(ph record.Photo) bool {
		return slices.ContainsFunc(ph.People, func(who record.Person) bool { return who.Account == account })
	}
	return slices.Contains(p.Mentions, account) || slices.ContainsFunc(p.Photos, shows)
}

func isTID(key string) bool {
	_, err := content.ParseTID(key)
	return err == nil
}

// about finds out what a notice has to do with a hosted account: what it says, and
// that something which it responds to exists, unless it
// names the account besides.
func (r *Reception) about(ctx context.Context, v *repo.View, n mailbox.Notice) (about, error) {
	said, err := claimOf(n)
	if err != nil || said.record == nil {
		return about{}, err
	}
	a, ok := about{record: said.record}, said.named
	for _, s := range said.subjects {
		exists, err := respondsTo(ctx, v, s, &a)
		if err != nil {
			return about{}, err
		}
		ok = ok || exists
	}
	if !ok {
		return about{}, errNotAbout
	}
	if c, ok := a.record.(*record.Comment); ok {
		a.comment = a.post != 0
		tid, _ := content.ParseTID(n.Path().RecordKey())
		if c.Verify(n.Actor(), tid, n.Head().Cert) != nil {
			return about{}, errNotAbout
		}
	}
	return a, nil
}

// respondsTo looks for what a response is about, and reports whether it exists.
func respondsTo(ctx context.Context, v *repo.View, s record.Subject, a *about) (bool, error) {
	b, err := v.Get(ctx, s.Path)
	if content.KindOf(err) == content.NotFound {
		return false, nil
	}
	if err != nil || s.Path.Collection() != content.CollectionPost {
		return err == nil, err
	}
	rec, err := record.Decode(b.Data)
	if err != nil {
		return false, err
	}
	post, ok := rec.(*record.Post)
	if !ok {
		return false, nil
	}
	a.policy = post.Comments
	a.post, err = content.ParseTID(s.Path.RecordKey())
	return err == nil, err
}

// views keeps a view of the newest head of each hosted account, which keeps the tree
// nodes that it read.
type views struct {
	mu sync.Mutex
	of map[content.AccountID]*repo.View
}

func newViews() views { return views{of: make(map[content.AccountID]*repo.View)} }

// view returns the newest state of an account.
func (r *Reception) view(account content.AccountID, head content.Head) *repo.View {
	r.views.mu.Lock()
	defer r.views.mu.Unlock()
	v := r.views.of[account]
	if v == nil || v.Head().Version() != head.Version() {
		v = repo.NewView(r.Store, head)
		r.views.of[account] = v
	}
	return v
}
