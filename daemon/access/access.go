// Package access decides who may call this node's API, and for what: tokens with
// a name, an account and scopes, the home's own token for local commands, and
// one-time links that sign a browser in.
//
// It guarantees that a secret is kept as its hash only, that a token which was
// handed out survives power loss and one that was revoked is dead at once, and
// that the codes of links can be neither guessed nor used twice. What a scope
// covers is said by the routes.
package access

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
)

// MaxTokens is how many tokens a node keeps; more are refused until one is
// revoked.
const MaxTokens = 1000

// Access knows the tokens of a node. Make it with [Open]. It is safe for
// concurrent use and has nothing to close.
type Access struct {
	room *store.KV
	now  func() time.Time

	mu     sync.Mutex
	tokens map[secretHash]*Token
	links  map[secretHash]link
}

type secretHash [sha256.Size]byte

func hashOf(secret string) secretHash { return sha256.Sum256([]byte(secret)) }

// Open reads the tokens that were handed out before. The room is one of the
// precious state.
func Open(ctx context.Context, room *store.KV, now func() time.Time) (*Access, error) {
	const op = "access.Open"
	a := &Access{room: room, now: now, tokens: make(map[secretHash]*Token), links: make(map[secretHash]link)}
	err := room.View(ctx, func(tx *store.Tx) error {
		var damaged error
		err := tx.Scan(store.Span{}, func(k, v []byte) bool {
			var t Token
			if len(k) != sha256.Size {
				damaged = content.Errorf(op, content.Corrupt, "a damaged token")
			} else if err := dagcbor.UnmarshalStrict(v, &t); err != nil {
				damaged = content.E(op, content.Corrupt, err)
			} else {
				a.tokens[secretHash(k)] = &t
			}
			return damaged == nil
		})
		if err == nil {
			err = damaged
		}
		return err
	})
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return a, nil
}

// Authenticate returns the token that a secret stands for; kind Permission if it
// stands for none.
func (a *Access) Authenticate(ctx context.Context, secret string) (Token, error) {
	a.mu.Lock()
	t := a.tokens[hashOf(secret)]
	if t == nil {
		a.mu.Unlock()
		return Token{}, content.Errorf("access.Authenticate", content.Permission,
			"the token is not known here: it was revoked, or belongs to another node")
	}
	stale := a.touch(t)
	found := *t
	a.mu.Unlock()
	if stale {
		a.noteUse(ctx, hashOf(secret), found)
	}
	return found, nil
}

// touchEvery is how exact LastUsed is: noting every call would write to the disk
// each time.
const touchEvery = time.Hour

// touch notes that a token is used now and reports whether that is worth
// writing. The mutex is held.
func (a *Access) touch(t *Token) bool {
	now := a.now().Unix()
	if t.local || now-t.LastUsed < int64(touchEvery/time.Second) {
		return false
	}
	t.LastUsed = now
	return true
}

// noteUse writes when a token was used, unless it was revoked meanwhile. A time
// that is lost costs nothing, so an error is none of the caller's.
func (a *Access) noteUse(ctx context.Context, h secretHash, t Token) {
	_ = a.room.Update(ctx, func(tx *store.Tx) error {
		if there, err := tx.Has(h[:]); !there || err != nil {
			return err
		}
		return set(tx, h, t)
	})
}

func set(tx *store.Tx, h secretHash, t Token) error {
	b, err := dagcbor.Marshal(t)
	if err != nil {
		return err
	}
	return tx.Set(h[:], b)
}
