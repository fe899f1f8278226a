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

// claim finds out what a record says that it has to do with the target, from the
// record alone. It is errNotAbout if that is nothing.
func claim(n mailbox.Notice) (record.Record, []record.Subject, error) {
	b, there := n.Record()
	if !there {
		return nil, nil, nil
	}
	rec, err := record.Decode(b.Data)
	if err != nil || rec.Type() != n.Path().Collection() {
		return nil, nil, errNotAbout
	}
	target, rkey := n.Target(), n.Path().RecordKey()
	var subjects []record.Subject
	mine := func(s *record.Subject) {
		if s != nil && s.Account == target {
			subjects = append(subjects, *s)
		}
	}
	ok := false
	switch rec := rec.(type) {
	case *record.Follow:
		ok = rec.Subject == target && rkey == record.FollowKey(target) && n.Actor() != target
	case *record.Like:
		mine(&rec.Subject)
		ok = len(subjects) > 0 && rkey == record.LikeKey(rec.Subject)
	case *record.Reblog:
		mine(&rec.Subject)
		ok = rkey == record.ReblogKey(rec.Subject) && (len(subjects) > 0 || slices.Contains(rec.Mentions, target))
	case *record.Comment:
		mine(&rec.Post)
		mine(rec.Parent)
		ok = isTID(rkey) && (len(subjects) > 0 || slices.Contains(rec.Mentions, target))
	case *record.Post:
		ok = isTID(rkey) && names(rec, target)
	}
	if !ok {
		return nil, nil, errNotAbout
	}
	return rec, subjects, nil
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
// that the post or comment which it responds to exists.
func (r *Reception) about(ctx context.Context, v *repo.View, n mailbox.Notice) (about, error) {
	rec, subjects, err := claim(n)
	if err != nil {
		return about{}, err
	}
	a := about{record: rec}
	for _, s := range subjects {
		if err := r.respondsTo(ctx, v, s, &a); err != nil {
			return about{}, err
		}
	}
	if c, ok := rec.(*record.Comment); ok {
		a.comment = a.post != 0
		tid, _ := content.ParseTID(n.Path().RecordKey())
		if c.Verify(n.Actor(), tid, n.Head().Cert) != nil {
			return about{}, errNotAbout
		}
	}
	return a, nil
}

// respondsTo looks for what a response is about.
func (r *Reception) respondsTo(ctx context.Context, v *repo.View, s record.Subject, a *about) error {
	b, err := v.Get(ctx, s.Path)
	if content.KindOf(err) == content.NotFound {
		return errNotAbout
	}
	if err != nil {
		return err
	}
	if s.Path.Collection() != content.CollectionPost {
		return nil
	}
	rec, err := record.Decode(b.Data)
	if err != nil {
		return err
	}
	post, ok := rec.(*record.Post)
	if !ok {
		return errNotAbout
	}
	a.policy = post.Comments
	a.post, err = content.ParseTID(s.Path.RecordKey())
	return err
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
