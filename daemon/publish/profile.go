package publish

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/replica"
)

// ProfileChange says what of a profile to change; what is nil stays.
type ProfileChange struct {
	Name   *string
	Bio    *string
	Fields *[]record.Field
	Avatar *MediaID // zero takes the picture away
	Header *MediaID
}

// profileTries is how often a change is made anew on a profile that another
// request has changed meanwhile.
const profileTries = 5

// UpdateProfile changes owner's profile, or makes it, for which a name is needed.
// Errors are as those of [Publisher.Post].
func (p *Publisher) UpdateProfile(ctx context.Context, owner content.AccountID, c ProfileChange) error {
	const op = "publish.UpdateProfile"
	h, err := p.hosted(op, owner)
	if err != nil {
		return err
	}
	for range profileTries {
		err = p.updateProfile(ctx, h, c)
		if k := content.KindOf(err); k != content.Conflict && k != content.Exists {
			break
		}
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (p *Publisher) updateProfile(ctx context.Context, h *replica.Hosted, c ProfileChange) error {
	path := content.NewPath(content.CollectionProfile, record.ProfileKey)
	rec, old, err := p.read(ctx, content.URI{Account: h.ID(), Path: path})
	expect := repo.Exactly(old.CID)
	profile, ok := rec.(*record.Profile)
	switch {
	case content.KindOf(err) == content.NotFound:
		profile, expect = &record.Profile{Created: record.TimeOf(p.Now())}, repo.Absent()
	case err != nil:
		return err
	case !ok:
		profile = &record.Profile{Created: record.TimeOf(p.Now())}
	}
	media, err := p.changeProfile(ctx, h.ID(), profile, c)
	if err != nil {
		return err
	}
	block, err := record.Encode(profile)
	if err != nil {
		return err
	}
	if _, err := h.Apply(ctx, []repo.Op{repo.Put(path, block, expect)}); err != nil {
		return err
	}
	p.spend(ctx, media)
	return nil
}

// changeProfile makes the change to a profile, and returns the uploads it took.
func (p *Publisher) changeProfile(ctx context.Context, owner content.AccountID, profile *record.Profile, c ProfileChange) ([]Media, error) {
	if c.Name != nil {
		profile.Name = record.NormalizeText(*c.Name)
	}
	if c.Bio != nil {
		profile.Bio = record.NormalizeText(*c.Bio)
	}
	if c.Fields != nil {
		profile.Fields = nil
		for _, f := range *c.Fields {
			f.Name, f.Value = record.NormalizeText(f.Name), record.NormalizeText(f.Value)
			profile.Fields = append(profile.Fields, f)
		}
	}
	var taken []Media
	for _, picture := range []struct {
		id *MediaID
		to **record.Photo
	}{{c.Avatar, &profile.Avatar}, {c.Header, &profile.Header}} {
		switch {
		case picture.id == nil:
		case *picture.id == 0:
			*picture.to = nil
		default:
			m, err := p.Media(ctx, owner, *picture.id)
			if err != nil {
				return nil, err
			}
			*picture.to = &m.Photo
			taken = append(taken, m)
		}
	}
	return taken, nil
}
