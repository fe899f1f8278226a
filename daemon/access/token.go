package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// MaxName is the longest name of a token in bytes.
const MaxName = 100

// Token is a way in for one program in the name of one account; or of none, if it
// is an app's own.
type Token struct {
	ID       string            `cbor:"id"`
	Name     string            `cbor:"name"`
	Account  content.AccountID `cbor:"account"`
	Scopes   Scopes            `cbor:"scopes"`
	Created  int64             `cbor:"created"` // seconds since 1970
	LastUsed int64             `cbor:"used"`    // the same, to the hour; 0 is never
	// App is the ID of the app that it was granted to; empty if the owner made it.
	App string `cbor:"app,omitempty"`

	local bool // of the home; for as long as the daemon runs
}

// Create makes a token and returns it with its secret, which is shown this once.
// Durable when it returns. Kinds: Invalid for a name or scopes that can't be,
// Exists for a name that is taken, Quota for too many tokens.
func (a *Access) Create(ctx context.Context, account content.AccountID, name string, scopes Scopes) (Token, string, error) {
	const op = "access.Create"
	if err := checkName(name); err != nil {
		return Token{}, "", content.E(op, content.Invalid, err)
	}
	if err := scopes.Check(); err != nil {
		return Token{}, "", content.E(op, content.Invalid, err)
	}
	return a.keep(ctx, Token{Name: name, Account: account, Scopes: scopes}, op)
}

// keep gives a token an ID and a secret, and writes it.
func (a *Access) keep(ctx context.Context, t Token, op string) (Token, string, error) {
	t, secret, err := a.add(t, op)
	if err != nil {
		return Token{}, "", err
	}
	h := hashOf(secret)
	if err := a.room.Update(ctx, func(tx *store.Tx) error { return set(tx, h, t) }); err != nil {
		a.forget(t.ID)
		return Token{}, "", content.E(op, content.Other, err)
	}
	return t, secret, nil
}

// add enters a token under a new secret.
func (a *Access) add(t Token, op string) (Token, string, error) {
	secret := newSecret()
	t.ID, t.Created = rand.Text()[:16], a.now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.tokens) >= MaxTokens {
		return Token{}, "", content.E(op, content.Quota, fmt.Errorf("there are %d tokens already: revoke some that are not needed", MaxTokens))
	}
	for _, other := range a.tokens {
		if other.Name == t.Name && other.Account == t.Account {
			return Token{}, "", content.E(op, content.Exists, fmt.Errorf("there is a token %q already: choose another name, or revoke it first", t.Name))
		}
	}
	if _, ok := a.apps[t.App]; t.App != "" && !ok {
		return Token{}, "", content.Errorf(op, content.NotFound, "the app was forgotten meanwhile")
	}
	a.tokens[hashOf(secret)] = &t
	return t, secret, nil
}

// Local makes the home's own token, which may do everything and is good until
// this process ends. It is not listed.
func (a *Access) Local(account content.AccountID) (secret string) {
	secret = newSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[hashOf(secret)] = &Token{ID: "local", Account: account, Scopes: Everything(), Created: a.now().Unix(), local: true}
	return secret
}

// newSecret returns 256 bits from the system's randomness, marked so that people
// and secret scanners see what it is.
func newSecret() string { return "rgt_" + rand.Text() + rand.Text() }

// List returns an account's tokens, the oldest first.
func (a *Access) List(account content.AccountID) []Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Token, 0, len(a.tokens))
	for _, t := range a.tokens {
		if t.Account == account && !t.local {
			list = append(list, *t)
		}
	}
	slices.SortFunc(list, func(x, y Token) int {
		return cmp.Or(cmp.Compare(x.Created, y.Created), cmp.Compare(x.ID, y.ID))
	})
	return list
}

// Revoke makes an account's token useless, at once and durably. Kind NotFound if
// there is none of this id.
func (a *Access) Revoke(ctx context.Context, account content.AccountID, id string) error {
	const op = "access.Revoke"
	h, ok := a.find(account, id)
	if !ok {
		return content.E(op, content.NotFound, fmt.Errorf("there is no token %q", id))
	}
	a.forget(id)
	if err := a.room.Update(ctx, func(tx *store.Tx) error { return tx.Delete(h[:]) }); err != nil {
		return content.E(op, content.Other, fmt.Errorf("the token is dead until the next start, but could not be removed: %w", err))
	}
	return nil
}

// RevokeSecret makes a token useless that an app gives back (RFC 7009). One that is
// not known is no failure, as it is of no use; kind Permission if it is not the
// app's.
func (a *Access) RevokeSecret(ctx context.Context, app, secret string) error {
	a.mu.Lock()
	t, isOwn := a.programs[hashOf(secret)]
	if of := a.tokens[hashOf(secret)]; of != nil {
		t = *of
	}
	a.mu.Unlock()
	switch {
	case t.ID == "":
		return nil
	case t.App != app:
		return content.Errorf("access.RevokeSecret", content.Permission, "the token was given to another app")
	case isOwn:
		return a.endOwn(ctx, t)
	}
	return a.Revoke(ctx, t.Account, t.ID)
}

func (a *Access) find(account content.AccountID, id string) (secretHash, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for h, t := range a.tokens {
		if t.ID == id && t.Account == account && !t.local {
			return h, true
		}
	}
	return secretHash{}, false
}

func (a *Access) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for h, t := range a.tokens {
		if t.ID == id {
			delete(a.tokens, h)
		}
	}
}

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("a token needs a name, to revoke it by")
	case len(name) > MaxName:
		return fmt.Errorf("a token's name has at most %d bytes", MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("a token's name is one line of text")
	}
	return nil
}
