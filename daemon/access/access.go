// Package access decides who may call this node's API, and for what: tokens with
// a name, an account and scopes, the home's own token for local commands,
// one-time links that sign a browser in, and apps that an owner let in.
//
// It guarantees that a secret is kept as its hash only, that a token which was
// handed out survives power loss and one that was revoked is dead at once, that
// the codes of links and grants can be neither guessed nor used twice, and that
// strangers who register apps can push out only apps that nobody uses. What a
// scope covers is said by the routes; how an app asks is package oauth's.
package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
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

	mu       sync.Mutex
	tokens   map[secretHash]*Token
	programs map[secretHash]Token // of apps, in nobody's name
	apps     map[string]App       // by ID; never changed in place
	links    map[secretHash]link
	codes    map[secretHash]*code

	appChange sync.Mutex // held while apps change, here and on disk
}

type secretHash [sha256.Size]byte

func hashOf(secret string) secretHash { return sha256.Sum256([]byte(secret)) }

// Open reads the tokens that were handed out before, and the apps. The room is
// one of the precious state.
func Open(ctx context.Context, room *store.KV, now func() time.Time) (*Access, error) {
	const op = "access.Open"
	a := &Access{
		room: room, now: now, tokens: make(map[secretHash]*Token), programs: make(map[secretHash]Token),
		apps: make(map[string]App), links: make(map[secretHash]link), codes: make(map[secretHash]*code),
	}
	err := room.View(ctx, func(tx *store.Tx) error {
		var damaged error
		err := tx.Scan(store.Span{}, func(k, v []byte) bool {
			damaged = a.read(k, v)
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

// read enters what is kept under a key: a token under the hash of its secret, or
// an app.
func (a *Access) read(k, v []byte) error {
	const op = "access.Open"
	if len(k) == sha256.Size {
		var t Token
		if err := dagcbor.UnmarshalStrict(v, &t); err != nil {
			return content.E(op, content.Corrupt, err)
		}
		a.tokens[secretHash(k)] = &t
		return nil
	}
	var app App
	if err := dagcbor.UnmarshalStrict(v, &app); err != nil {
		return content.E(op, content.Corrupt, err)
	}
	if !bytes.Equal(k, appKey(app.ID)) || slices.ContainsFunc(app.Own, func(o ownToken) bool { return len(o.Hash) != sha256.Size }) {
		return content.Errorf(op, content.Corrupt, "a damaged token or app")
	}
	a.addApp(app)
	return nil
}

// Authenticate returns the token that a secret stands for; kind Permission if it
// stands for none.
func (a *Access) Authenticate(ctx context.Context, secret string) (Token, error) {
	a.mu.Lock()
	t := a.tokens[hashOf(secret)]
	if own, ok := a.programs[hashOf(secret)]; ok {
		a.mu.Unlock()
		return own, nil
	}
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

func set(tx *store.Tx, h secretHash, t Token) error { return put(tx, h[:], t) }

func put(tx *store.Tx, key []byte, v any) error {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Set(key, b)
}
