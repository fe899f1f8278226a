package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"rossgram.app/content"
)

const (
	// LinkLifetime is how long a one-time link can be used.
	LinkLifetime = 15 * time.Minute
	// maxLinks is how many links are open at once; making another ends the one
	// that would have ended first.
	maxLinks = 32
)

// link is the right to one browser's token. It is forgotten with the process.
type link struct {
	account content.AccountID
	expires time.Time
}

// BrowserScopes is what a browser that was signed in by a link may do.
func BrowserScopes() Scopes { return Scopes{Read, Write, Follow} }

// Link returns a code that [Access.Redeem] takes once, until it expires.
func (a *Access) Link(account content.AccountID) (code string, expires time.Time) {
	code, expires = rand.Text(), a.now().Add(LinkLifetime)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dropLinks()
	a.links[hashOf(code)] = link{account, expires}
	return code, expires
}

// dropLinks makes room for one. The mutex is held.
func (a *Access) dropLinks() {
	now := a.now()
	var first secretHash
	for h, l := range a.links {
		if !now.Before(l.expires) {
			delete(a.links, h)
		} else if f, ok := a.links[first]; !ok || l.expires.Before(f.expires) {
			first = h
		}
	}
	if len(a.links) >= maxLinks {
		delete(a.links, first)
	}
}

// Redeem trades a link's code for a token. Kind Permission if the code is not
// known, was used, or has expired.
func (a *Access) Redeem(ctx context.Context, code string) (Token, string, error) {
	account, err := a.Spend(code)
	if err != nil {
		return Token{}, "", err
	}
	name := fmt.Sprintf("browser, %s, %s", a.now().Local().Format("2 January 15:04"), rand.Text()[:4])
	return a.Create(ctx, account, name, BrowserScopes())
}

// Spend takes a link's code and returns for which account it was, as Redeem does,
// but makes no token: for what is done at once.
func (a *Access) Spend(code string) (content.AccountID, error) {
	a.mu.Lock()
	l, ok := a.links[hashOf(code)]
	delete(a.links, hashOf(code))
	a.mu.Unlock()
	if !ok || !a.now().Before(l.expires) {
		return content.AccountID{}, content.Errorf("access.Spend", content.Permission,
			"the link was used already or is too old: rossgram open prints another")
	}
	return l.account, nil
}
