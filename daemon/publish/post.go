package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
)

// Draft is a post as its author writes it.
type Draft struct {
	Caption   string
	Media     []MediaID // 1 to [record.MaxPhotos] uploads, in their order
	Tags      []string  // beside those in the caption
	Sensitive bool
	Spoiler   string // shown in place of the photos until asked
	Lang      string // BCP 47; empty if it is not known
}

// Post publishes a draft and returns its URI once it is durable, indexed and
// handed to the announcer.
//
// An idempotency key that is not empty makes repetitions harmless: for
// [KeyLifetime] every call with the same key returns the same post, whatever its
// draft says, also when the calls race and across restarts, and also when the
// post was deleted since. A call that failed may be repeated with its key.
//
// Errors are of kind NotFound for an upload that is not there any more, Invalid
// and TooLarge for what is over the limits of posts, Quota if there is no room,
// and Permission if owner is not hosted here.
func (p *Publisher) Post(ctx context.Context, owner content.AccountID, d Draft, idempotencyKey string) (content.URI, error) {
	const op = "publish.Post"
	h, err := p.hosted(op, owner)
	if err != nil {
		return content.URI{}, err
	}
	if len(idempotencyKey) > MaxKeyLen {
		return content.URI{}, content.E(op, content.TooLarge, fmt.Errorf("an idempotency key has at most %d bytes", MaxKeyLen))
	}
	if err := p.sweepNow(ctx); err != nil {
		return content.URI{}, content.E(op, content.Other, err)
	}
	var uri content.URI
	if idempotencyKey == "" {
		uri, err = p.post(ctx, h, d, p.clock.Next(p.Now(), 0))
	} else {
		uri, err = p.postOnce(ctx, h, d, hashKey(idempotencyKey))
	}
	if err != nil {
		return content.URI{}, content.E(op, content.Other, err)
	}
	return uri, nil
}

// postOnce posts unless the post of this key was made before.
func (p *Publisher) postOnce(ctx context.Context, h *replica.Hosted, d Draft, hash keyHash) (content.URI, error) {
	unlock, err := p.once.lock(ctx, lockName{h.ID(), hash})
	if err != nil {
		return content.URI{}, err
	}
	defer unlock()
	r, err := p.reserve(ctx, h.ID(), hash)
	if err != nil {
		return content.URI{}, err
	}
	uri := postURI(h.ID(), r.tid)
	if r.deleted {
		return uri, nil
	}
	if !r.isNew {
		made, err := p.exists(ctx, uri)
		if err != nil || made {
			return uri, err
		}
	}
	return p.post(ctx, h, d, r.tid)
}

func postURI(owner content.AccountID, tid content.TID) content.URI {
	return content.URI{Account: owner, Path: content.NewPath(content.CollectionPost, tid.String())}
}

// exists reports whether there is a record.
func (p *Publisher) exists(ctx context.Context, uri content.URI) (bool, error) {
	v, err := p.Replica.View(ctx, uri.Account)
	if err == nil {
		_, err = v.CID(ctx, uri.Path)
	}
	if content.KindOf(err) == content.NotFound {
		return false, nil
	}
	return err == nil, err
}

// post makes the post of a TID that is not in use.
func (p *Publisher) post(ctx context.Context, h *replica.Hosted, d Draft, tid content.TID) (content.URI, error) {
	media, err := p.draftMedia(ctx, h.ID(), d.Media)
	if err != nil {
		return content.URI{}, err
	}
	tags, err := draftTags(d)
	if err != nil {
		return content.URI{}, err
	}
	rec := &record.Post{
		Caption: record.NormalizeText(d.Caption), Tags: tags,
		Sensitive: d.Sensitive, Spoiler: record.NormalizeText(d.Spoiler), Lang: d.Lang,
		Created: record.TimeOf(tid.Time()),
	}
	for _, m := range media {
		rec.Photos = append(rec.Photos, m.Photo)
	}
	block, err := record.Encode(rec)
	if err != nil {
		return content.URI{}, err
	}
	uri := postURI(h.ID(), tid)
	if _, err := h.Apply(ctx, []repo.Op{repo.Put(uri.Path, block, repo.Absent())}); err != nil {
		return content.URI{}, err
	}
	p.spend(ctx, media)
	return uri, nil
}

// draftMedia returns the uploads of a draft.
func (p *Publisher) draftMedia(ctx context.Context, owner content.AccountID, ids []MediaID) ([]Media, error) {
	const op = "publish.draftMedia"
	switch n := len(ids); {
	case n == 0:
		return nil, content.Errorf(op, content.Invalid, "a post needs at least one photo; upload one and name it in the post")
	case n > record.MaxPhotos:
		return nil, content.E(op, content.Invalid, fmt.Errorf("a post has at most %d photos, this one has %d", record.MaxPhotos, n))
	}
	var media []Media
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return nil, content.Errorf(op, content.Invalid, "the post names an upload twice")
		}
		m, err := p.Media(ctx, owner, id)
		if err != nil {
			return nil, content.E(op, content.Other, fmt.Errorf("photo %d: %w", i+1, err))
		}
		media = append(media, m)
	}
	return media, nil
}

// draftTags returns the tags of a caption and those beside it.
func draftTags(d Draft) ([]string, error) {
	tags := record.Hashtags(record.NormalizeText(d.Caption))
	for _, t := range d.Tags {
		n, ok := record.NormalizeTag(t)
		if !ok {
			return nil, content.E("publish.draftTags", content.Invalid, fmt.Errorf("%.100q is not a tag: letters, digits and _, not digits alone", t))
		}
		if !slices.Contains(tags, n) {
			tags = append(tags, n)
		}
	}
	return tags, nil
}

// Delete takes a post out of owner's repository and returns what it was. Kind
// NotFound if there is none, Permission if it is another's.
func (p *Publisher) Delete(ctx context.Context, owner content.AccountID, uri content.URI) (record.Post, error) {
	const op = "publish.Delete"
	h, err := p.hosted(op, owner)
	if err != nil {
		return record.Post{}, err
	}
	if uri.Account != owner {
		return record.Post{}, content.Errorf(op, content.Permission, "only its author can delete a post")
	}
	tid, err := content.ParseTID(uri.Path.RecordKey())
	if err != nil || uri.Path.Collection() != content.CollectionPost {
		return record.Post{}, content.Errorf(op, content.Invalid, "not a post: "+uri.String())
	}
	rec, block, err := p.read(ctx, uri)
	if content.KindOf(err) == content.NotFound {
		return record.Post{}, content.Errorf(op, content.NotFound, "there is no such post; it may be deleted already")
	}
	if err != nil {
		return record.Post{}, content.E(op, content.Other, err)
	}
	if err := p.noteDeleted(ctx, owner, tid); err != nil {
		return record.Post{}, content.E(op, content.Other, err)
	}
	if _, err := h.Apply(ctx, []repo.Op{repo.Delete(uri.Path, repo.Exactly(block.CID))}); err != nil {
		return record.Post{}, content.E(op, content.Other, err)
	}
	post, ok := rec.(*record.Post)
	if !ok {
		return record.Post{}, content.E(op, content.Corrupt, errors.New("the deleted record was no post"))
	}
	return *post, nil
}

// read returns a record as it is now.
func (p *Publisher) read(ctx context.Context, uri content.URI) (record.Record, content.Block, error) {
	v, err := p.Replica.View(ctx, uri.Account)
	if err != nil {
		return nil, content.Block{}, err
	}
	b, err := v.Get(ctx, uri.Path)
	if err != nil {
		return nil, content.Block{}, err
	}
	r, err := record.Decode(b.Data)
	return r, b, err
}
