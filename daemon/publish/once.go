package publish

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// KeyLifetime is how long an idempotency key stands for its post or comment.
const KeyLifetime = 24 * time.Hour

// MaxKeyLen is the longest idempotency key in bytes.
const MaxKeyLen = 1024

// publishOnce makes a post or a comment of owner's and returns its URI; or, if the
// idempotency key is not empty and was used within [KeyLifetime], what was made then,
// whatever it is.
func (p *Publisher) publishOnce(ctx context.Context, op string, owner content.AccountID, key string, build maker) (content.URI, error) {
	h, err := p.hosted(op, owner)
	if err != nil {
		return content.URI{}, err
	}
	if len(key) > MaxKeyLen {
		return content.URI{}, content.E(op, content.TooLarge, fmt.Errorf("an idempotency key has at most %d bytes", MaxKeyLen))
	}
	if err := p.sweepNow(ctx); err != nil {
		return content.URI{}, content.E(op, content.Other, err)
	}
	var uri content.URI
	if key == "" {
		uri, err = build(h, p.clock.Next(p.Now(), 0))
	} else {
		uri, err = p.makeOnce(ctx, h, hashKey(key), build)
	}
	if err != nil {
		return content.URI{}, content.E(op, content.Other, err)
	}
	return uri, nil
}

// maker makes the record of a TID that is not in use.
type maker func(*replica.Hosted, content.TID) (content.URI, error)

// makeOnce makes a record unless that of this key was made before. One that was
// deleted since goes by the URI of a post.
func (p *Publisher) makeOnce(ctx context.Context, h *replica.Hosted, hash keyHash, build maker) (content.URI, error) {
	unlock, err := p.once.lock(ctx, lockName{h.ID(), hash})
	if err != nil {
		return content.URI{}, err
	}
	defer unlock()
	r, err := p.reserve(ctx, h.ID(), hash)
	switch {
	case err != nil:
		return content.URI{}, err
	case r.deleted:
		return postURI(h.ID(), r.tid), nil
	case r.isNew:
		return build(h, r.tid)
	}
	for _, uri := range []content.URI{postURI(h.ID(), r.tid), commentURI(h.ID(), r.tid)} {
		if made, err := p.exists(ctx, uri); err != nil || made {
			return uri, err
		}
	}
	return build(h, r.tid)
}

// reservation is what an idempotency key stands for: the TID of its post or
// comment, chosen and durable before that is made. Whether it was made is seen in the
// repository, so a crash at any moment leaves no doubt. That it was deleted since
// is seen from a mark that is gone: a full disk lets nothing be written, but it
// lets a mark be taken away.
type reservation struct {
	tid     content.TID
	isNew   bool
	deleted bool
}

func encodeReservation(tid content.TID) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(tid))
}

func decodeReservation(b []byte) (content.TID, error) {
	if len(b) != 8 {
		return 0, content.Errorf("publish.decodeReservation", content.Corrupt, "a damaged idempotency key")
	}
	return content.TID(binary.BigEndian.Uint64(b)), nil
}

func keyExpired(tid content.TID, now time.Time) bool { return now.Sub(tid.Time()) >= KeyLifetime }

func hashKey(key string) keyHash { return sha256.Sum256([]byte(key)) }

// reserve returns what an idempotency key stands for; it is new where there was
// none, and durable when reserve returns.
func (p *Publisher) reserve(ctx context.Context, owner content.AccountID, h keyHash) (r reservation, err error) {
	now := p.Now()
	err = p.room.Update(ctx, func(tx *store.Tx) error {
		if r, err = reserved(tx, owner, h); err != nil && content.KindOf(err) != content.NotFound {
			return err
		}
		if err == nil && !keyExpired(r.tid, now) {
			return nil
		}
		r = reservation{tid: p.clock.Next(now, 0), isNew: true}
		if err := tx.Set(idempotencyKey(owner, h), encodeReservation(r.tid)); err != nil {
			return err
		}
		return tx.Set(markKey(owner, r.tid), nil)
	})
	return r, err
}

// reserved reads what a key stands for; kind NotFound if nothing.
func reserved(tx *store.Tx, owner content.AccountID, h keyHash) (r reservation, err error) {
	b, err := tx.Get(idempotencyKey(owner, h))
	if err != nil {
		return r, err
	}
	if r.tid, err = decodeReservation(b); err != nil {
		return r, err
	}
	marked, err := tx.Has(markKey(owner, r.tid))
	r.deleted = !marked
	return r, err
}

// noteDeleted remembers that a post or a comment is deleted on purpose, lest a late repetition
// of its request brings it back.
func (p *Publisher) noteDeleted(ctx context.Context, owner content.AccountID, tid content.TID) error {
	_, err := p.room.Get(ctx, markKey(owner, tid))
	if content.KindOf(err) == content.NotFound {
		return nil // most posts: they had no key, or it has expired
	}
	return p.room.Update(ctx, func(tx *store.Tx) error { return tx.Delete(markKey(owner, tid)) })
}

// keyLocks lets requests with one idempotency key in one after the other. The
// zero keyLocks is ready.
type keyLocks struct {
	mu    sync.Mutex
	locks map[lockName]*keyLock
}

type lockName struct {
	owner content.AccountID
	hash  keyHash
}

type keyLock struct {
	turn  chan struct{} // holds one value while it is taken
	users int
}

// lock waits for its turn, and returns the function that ends it.
func (l *keyLocks) lock(ctx context.Context, name lockName) (func(), error) {
	l.mu.Lock()
	k := l.locks[name]
	if k == nil {
		k = &keyLock{turn: make(chan struct{}, 1)}
		if l.locks == nil {
			l.locks = make(map[lockName]*keyLock)
		}
		l.locks[name] = k
	}
	k.users++
	l.mu.Unlock()
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn; l.leave(name, k) }, nil
	case <-ctx.Done():
		l.leave(name, k)
		return nil, content.E("publish.lock", content.Unavailable, ctx.Err())
	}
}

func (l *keyLocks) leave(name lockName, k *keyLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.locks, name)
	}
}
