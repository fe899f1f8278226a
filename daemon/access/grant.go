package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"rossgram.app/content"
)

const (
	// CodeLifetime is how long an app can take to trade a code for a token; RFC
	// 6749, section 4.1.2, recommends ten minutes at most.
	CodeLifetime = 10 * time.Minute
	// spentFor is how long a code that was traded is remembered, so that a second
	// use of it ends the token that the first one gave.
	spentFor = 24 * time.Hour
	// maxCodes is how many codes are remembered. Only an owner makes one.
	maxCodes = 256
)

// Grant is what an owner allows an app, and by what the app shows itself when it
// comes for the token.
type Grant struct {
	App       string
	Account   content.AccountID
	Scopes    Scopes
	Redirect  string // where the code was sent
	Challenge string // S256 (RFC 7636); empty if the app sent none
}

// code is a grant that waits, or one that was traded. It is forgotten with the
// process.
type code struct {
	Grant
	made   time.Time
	spent  bool
	reused bool   // a second use came before the token was made
	token  string // the ID of the token it gave
}

// Grant returns a code that [Access.Exchange] takes once, for ten minutes.
func (a *Access) Grant(g Grant) string {
	secret := rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dropCodes()
	a.codes[hashOf(secret)] = &code{Grant: g, made: a.now()}
	return secret
}

// dropCodes forgets what is too old, and makes room for one. The mutex is held.
func (a *Access) dropCodes() {
	now := a.now()
	var first secretHash
	for h, c := range a.codes {
		if age := now.Sub(c.made); age >= spentFor || !c.spent && age >= CodeLifetime {
			delete(a.codes, h)
		} else if f, ok := a.codes[first]; !ok || c.made.Before(f.made) {
			first = h
		}
	}
	if len(a.codes) >= maxCodes {
		delete(a.codes, first)
	}
}

// Exchange trades a code for a token, if check finds that the caller is the app
// that the grant is for. Whatever check says, the code is spent: there are no two
// guesses. A second use ends the token of the first (RFC 6749, section 4.1.2).
// Durable when it returns. Kind Permission for a code that is not good, and
// check's own error.
func (a *Access) Exchange(ctx context.Context, secret string, check func(Grant) error) (Token, string, error) {
	const op = "access.Exchange"
	c, err := a.spend(ctx, secret)
	if err != nil {
		return Token{}, "", content.E(op, content.Permission, err)
	}
	if err := check(c.Grant); err != nil {
		return Token{}, "", err
	}
	t, token, err := a.createFor(ctx, c.Grant)
	if err != nil {
		return Token{}, "", content.E(op, content.Other, err)
	}
	a.mu.Lock()
	c.token = t.ID
	reused := c.reused
	a.mu.Unlock()
	if reused {
		return Token{}, "", content.E(op, content.Permission, a.endReused(ctx, c))
	}
	return t, token, nil
}

// spend takes a code.
func (a *Access) spend(ctx context.Context, secret string) (*code, error) {
	a.mu.Lock()
	c := a.codes[hashOf(secret)]
	if c == nil || !c.spent && a.now().Sub(c.made) >= CodeLifetime {
		a.mu.Unlock()
		return nil, fmt.Errorf("the code is not known, or is older than %v: sign in again", CodeLifetime)
	}
	again := c.spent
	c.spent, c.reused = true, again
	a.mu.Unlock()
	if again {
		return nil, a.endReused(ctx, c)
	}
	return c, nil
}

// endReused revokes what a code gave that was used twice. That there is nothing to
// revoke, or no longer, is no failure.
func (a *Access) endReused(ctx context.Context, c *code) error {
	a.mu.Lock()
	id := c.token
	a.mu.Unlock()
	if err := a.Revoke(ctx, c.Account, id); err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	return fmt.Errorf("the code was used before; what it gave is revoked: sign in again")
}

// createFor makes the token of a grant, under the app's name or, if that is
// taken, with what tells it from others.
func (a *Access) createFor(ctx context.Context, g Grant) (Token, string, error) {
	app, err := a.App(g.App)
	if err != nil {
		return Token{}, "", err
	}
	t := Token{Name: clip(app.Name, MaxName), App: app.ID, Account: g.Account, Scopes: g.Scopes}
	made, secret, err := a.keep(ctx, t, "access.Exchange")
	if content.KindOf(err) == content.Exists {
		suffix := fmt.Sprintf(", %s, %s", a.now().Local().Format("2 January 15:04"), rand.Text()[:4])
		t.Name = clip(app.Name, MaxName-len(suffix)) + suffix
		made, secret, err = a.keep(ctx, t, "access.Exchange")
	}
	return made, secret, err
}
