package publish

import (
	"context"
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
	return p.publishOnce(ctx, "publish.Post", owner, idempotencyKey, func(h *replica.Hosted, tid content.TID) (content.URI, error) {
		return p.post(ctx, h, d, tid)
	})
}

func postURI(owner content.AccountID, tid content.TID) content.URI {
	return content.URI{Account: owner, Path: content.NewPath(content.CollectionPost, tid.String())}
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
	mentions, err := p.mentioned(ctx, record.NormalizeText(d.Caption))
	if err != nil {
		return content.URI{}, err
	}
	rec := &record.Post{
		Mentions: mentions,
		Caption:  record.NormalizeText(d.Caption), Tags: tags,
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
