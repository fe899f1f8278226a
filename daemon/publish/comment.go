package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
)

// Words is what a comment says. Its #tags and @names are found in the text.
type Words struct {
	Text    string // 1 to [record.MaxComment] characters
	Spoiler string // shown in place of the text until asked
	Lang    string // BCP 47; empty if it is not known
}

// Comment answers a post or a comment that is here, and returns the comment's URI,
// as [Publisher.Post] does: durable, indexed, and made once for an idempotency key.
//
// Errors are of kind NotFound if what is answered, or the post below it, is not
// here, Permission if the post's author takes no comments, or none of owner's, or
// owner is not hosted here, and Invalid and TooLarge for what is over the limits of
// comments.
func (p *Publisher) Comment(ctx context.Context, owner content.AccountID, to content.URI, w Words, idempotencyKey string) (content.URI, error) {
	return p.publishOnce(ctx, "publish.Comment", owner, idempotencyKey, func(h *replica.Hosted, tid content.TID) (content.URI, error) {
		return p.comment(ctx, h, to, w, tid)
	})
}

// comment makes the comment of a TID that is not in use.
func (p *Publisher) comment(ctx context.Context, h *replica.Hosted, to content.URI, w Words, tid content.TID) (content.URI, error) {
	c, err := p.place(ctx, h.ID(), to)
	if err != nil {
		return content.URI{}, err
	}
	c.Created = record.TimeOf(tid.Time())
	block, err := p.write(ctx, h, tid, c, w)
	if err != nil {
		return content.URI{}, err
	}
	uri := commentURI(h.ID(), tid)
	_, err = h.Apply(ctx, []repo.Op{repo.Put(uri.Path, block, repo.Absent())})
	return uri, err
}

// place returns a comment without words where it belongs in the conversation.
func (p *Publisher) place(ctx context.Context, owner content.AccountID, to content.URI) (*record.Comment, error) {
	c := &record.Comment{Post: record.SubjectOf(to)}
	rec, err := p.subject(ctx, to)
	if err != nil {
		return nil, err
	}
	if answered, ok := rec.(*record.Comment); ok {
		parent := record.SubjectOf(to)
		c.Post, c.Parent = record.SubjectOf(answered.Post.URI()), &parent
		if rec, err = p.subject(ctx, c.Post.URI()); err != nil {
			return nil, err
		}
	}
	post, ok := rec.(*record.Post)
	if !ok {
		return nil, content.Errorf("publish.place", content.Invalid, "a comment is about a post")
	}
	return c, p.mayComment(ctx, owner, c.Post.Account, post.Comments)
}

// mayComment refuses who is not among those from whom a post's author takes
// comments, as far as is known here. The author's node decides in the end.
func (p *Publisher) mayComment(ctx context.Context, owner, author content.AccountID, who record.Commenters) error {
	const op = "publish.mayComment"
	may, words := true, ""
	var err error
	switch {
	case who == record.Nobody:
		may, words = false, "comments are off for this post"
	case owner == author:
	case who == record.Followers:
		may, err = p.exists(ctx, content.URI{Account: owner, Path: followPath(author)})
		words = "only followers of its author can comment on this post: follow the author first"
	case who == record.Following:
		may, err = p.exists(ctx, content.URI{Account: author, Path: followPath(owner)})
		words = "only those whom its author follows can comment on this post"
	}
	switch {
	case err != nil:
		return content.E(op, content.Other, err)
	case !may:
		return content.Errorf(op, content.Permission, words)
	}
	return nil
}

// write gives a comment its words and its signature.
func (p *Publisher) write(ctx context.Context, h *replica.Hosted, tid content.TID, c *record.Comment, w Words) (content.Block, error) {
	c.Text, c.Spoiler, c.Lang = record.NormalizeText(w.Text), record.NormalizeText(w.Spoiler), w.Lang
	c.Tags = record.Hashtags(c.Text)
	var err error
	if c.Mentions, err = p.mentioned(ctx, c.Text); err != nil {
		return content.Block{}, err
	}
	if err := c.Sign(tid, h.Keyring.Certificate(), h.Keyring.Writer()); err != nil {
		return content.Block{}, err
	}
	return record.Encode(c)
}

// EditComment says another thing in a comment of owner's. The version before stays
// linked. Words that are as they were change nothing. Errors are as those of
// [Publisher.Comment] and [Publisher.Delete].
func (p *Publisher) EditComment(ctx context.Context, owner content.AccountID, uri content.URI, w Words) error {
	const op = "publish.EditComment"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	for range profileTries {
		err = p.editComment(ctx, h, uri, w)
		if content.KindOf(err) != content.Conflict {
			break
		}
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (p *Publisher) editComment(ctx context.Context, h *replica.Hosted, uri content.URI, w Words) error {
	was, old, tid, err := p.own(ctx, h.ID(), uri)
	if err != nil {
		return err
	}
	c, ok := was.(*record.Comment)
	if !ok {
		return content.Errorf("publish.editComment", content.Invalid, "only comments can be edited yet: delete the post, and post it anew")
	}
	if c.Text == record.NormalizeText(w.Text) && c.Spoiler == record.NormalizeText(w.Spoiler) && c.Lang == w.Lang {
		return nil
	}
	c.Before = dagcbor.LinkTo(old.CID)
	block, err := p.write(ctx, h, tid, c, w)
	if err != nil {
		return err
	}
	_, err = h.Apply(ctx, []repo.Op{repo.Put(uri.Path, block, repo.Exactly(old.CID))})
	return err
}

func commentURI(owner content.AccountID, tid content.TID) content.URI {
	return content.URI{Account: owner, Path: content.NewPath(content.CollectionComment, tid.String())}
}
