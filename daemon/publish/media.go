package publish

import (
	"context"
	"encoding/binary"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// The limits of uploads.
const (
	// MediaLifetime is how long an upload waits for its post.
	MediaLifetime = 24 * time.Hour
	// MaxWaiting is how many uploads of one account wait at once.
	MaxWaiting = 200
)

// holdMargin is how much longer blocks are held, so that a post made in the last
// moment finds them.
const holdMargin = time.Hour

// Media is an upload that is not posted yet.
type Media struct {
	ID      MediaID
	Owner   content.AccountID
	Photo   record.Photo // with alt text and focus
	Removed []photo.Finding
	Expires time.Time // when it goes if no post has taken it
}

// storedMedia is a Media in the precious state.
type storedMedia struct {
	Photo   record.Photo    `cbor:"photo"`
	Removed []photo.Finding `cbor:"removed"`
	Created record.Time     `cbor:"created"`
}

func (s storedMedia) expires() time.Time { return s.Created.Time().Add(MediaLifetime) }

// Media returns an upload of owner; kind NotFound if there is none, because it
// was posted, or has waited for more than [MediaLifetime].
func (p *Publisher) Media(ctx context.Context, owner content.AccountID, id MediaID) (Media, error) {
	const op = "publish.Media"
	b, err := p.room.Get(ctx, mediaKey(owner, id))
	if content.KindOf(err) == content.NotFound {
		return Media{}, noMedia(op)
	}
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	return p.decodeMedia(op, owner, id, b)
}

func (p *Publisher) decodeMedia(op string, owner content.AccountID, id MediaID, b []byte) (Media, error) {
	var s storedMedia
	if err := dagcbor.UnmarshalStrict(b, &s); err != nil {
		return Media{}, content.E(op, content.Corrupt, err)
	}
	if !p.Now().Before(s.expires()) {
		return Media{}, noMedia(op)
	}
	return Media{id, owner, s.Photo, s.Removed, s.expires()}, nil
}

func noMedia(op string) error {
	return content.Errorf(op, content.NotFound, "there is no such upload: it was posted already, or a day has passed; upload the photo again")
}

// Describe sets the alt text and the focus of an upload, each unless it is nil.
func (p *Publisher) Describe(ctx context.Context, owner content.AccountID, id MediaID, alt *string, focus *record.Focus) (Media, error) {
	const op = "publish.Describe"
	var m Media
	err := p.room.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Get(mediaKey(owner, id))
		if content.KindOf(err) == content.NotFound {
			return noMedia(op)
		}
		if err != nil {
			return err
		}
		if m, err = p.decodeMedia(op, owner, id, b); err != nil {
			return err
		}
		if alt != nil {
			m.Photo.Alt = record.NormalizeText(*alt)
		}
		if focus != nil {
			m.Photo.Focus = focus
		}
		if err := checkPhoto(m.Photo); err != nil {
			return err
		}
		return setMedia(tx, m)
	})
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	return m, nil
}

func setMedia(tx *store.Tx, m Media) error {
	created := record.TimeOf(m.Expires.Add(-MediaLifetime))
	b, err := dagcbor.Marshal(storedMedia{m.Photo, m.Removed, created})
	if err != nil {
		return err
	}
	return tx.Set(mediaKey(m.Owner, m.ID), b)
}

// checkPhoto reports whether a photo may stand in a post.
func checkPhoto(ph record.Photo) error {
	_, err := record.Encode(&record.Post{Photos: []record.Photo{ph}})
	return err
}

// MediaFile returns a rendition of an upload as a JPEG: the narrowest of at least
// width pixels, or else the widest. Only its owner may see it.
func (p *Publisher) MediaFile(ctx context.Context, owner content.AccountID, id MediaID, width int) ([]byte, error) {
	const op = "publish.MediaFile"
	m, err := p.Media(ctx, owner, id)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	files := m.Photo.Renditions
	best := files[len(files)-1]
	for _, f := range files {
		if f.Width >= width {
			best = f
			break
		}
	}
	b, err := p.Store.Get(ctx, best.CID.Cid)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return b, nil
}

// waiting counts the uploads of an account that wait for a post.
func (p *Publisher) waiting(ctx context.Context, owner content.AccountID) (n int, err error) {
	err = p.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{Prefix: mediaPrefix(owner), KeysOnly: true}, func(_, _ []byte) bool {
			n++
			return true
		})
	})
	return n, err
}

// spend removes uploads that a post has taken; its pins keep their blocks now.
// What fails here, or a crash prevents, the sweep does when they expire.
func (p *Publisher) spend(ctx context.Context, media []Media) {
	ctx = context.WithoutCancel(ctx)
	err := p.room.Update(ctx, func(tx *store.Tx) error {
		for _, m := range media {
			if err := tx.Delete(mediaKey(m.Owner, m.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, m := range media {
		if err == nil {
			err = p.Store.Release(ctx, holdName(m.Owner, m.ID))
		}
	}
}

func holdName(owner content.AccountID, id MediaID) string {
	return "media/" + owner.Fingerprint() + "/" + id.String()
}

// sweepEvery is how often what has expired is looked for.
const sweepEvery = time.Hour

// sweepNow and then removes what has expired.
func (p *Publisher) sweepNow(ctx context.Context) error {
	p.mu.Lock()
	due := p.Now().Sub(p.swept) >= sweepEvery
	p.mu.Unlock()
	if !due {
		return nil
	}
	return p.sweep(ctx)
}

// sweep removes the uploads and idempotency keys whose time is over. Blocks go
// with the store's own upkeep, once their hold has expired.
func (p *Publisher) sweep(ctx context.Context) error {
	now := p.Now()
	p.mu.Lock()
	p.swept = now
	p.mu.Unlock()
	err := p.drop(ctx, tagMedia, func(_, v []byte) bool {
		var s storedMedia
		return dagcbor.Unmarshal(v, &s) != nil || !now.Before(s.expires())
	})
	if err != nil {
		return err
	}
	err = p.drop(ctx, tagKey, func(_, v []byte) bool {
		tid, err := decodeReservation(v)
		return err != nil || keyExpired(tid, now)
	})
	if err != nil {
		return err
	}
	return p.drop(ctx, tagMark, func(k, _ []byte) bool {
		return keyExpired(content.TID(binary.BigEndian.Uint64(k[len(k)-8:])), now)
	})
}

// dropAtOnce is how many keys are deleted in one transaction.
const dropAtOnce = 1000

// drop deletes the entries of a kind whose time is over.
func (p *Publisher) drop(ctx context.Context, tag byte, over func(k, v []byte) bool) error {
	for more := true; more; {
		err := p.room.Update(ctx, func(tx *store.Tx) error {
			var gone [][]byte
			err := tx.Scan(store.Span{Prefix: []byte{tag}}, func(k, v []byte) bool {
				if over(k, v) {
					gone = append(gone, k)
				}
				return len(gone) < dropAtOnce
			})
			for _, k := range gone {
				if err == nil {
					err = tx.Delete(k)
				}
			}
			more = len(gone) == dropAtOnce
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
