package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// The limits of apps. Anybody who can reach the node may register one, so they
// are bounded, and those that nobody signed in with make room.
const (
	MaxApps = 256
	// MaxAppName is in characters, MaxAppURIs in bytes of all redirect URIs of an
	// app, and of its website; as at Mastodon's.
	MaxAppName = 60
	MaxAppURIs = 2000
	// maxOwnTokens is how many tokens of its own an app has; a further one ends the
	// oldest.
	maxOwnTokens = 4
)

// App is a program that can ask an owner for a token: a client in the words of
// RFC 6749, section 2. Name and Website are the app's own claims.
type App struct {
	ID        string   `cbor:"id"`
	Name      string   `cbor:"name"`
	Website   string   `cbor:"website"`
	Redirects []string `cbor:"redirects"` // where codes may be sent
	Scopes    Scopes   `cbor:"scopes"`    // the most it can ask for
	Created   int64    `cbor:"created"`   // seconds since 1970

	Secret []byte     `cbor:"secret"` // SHA-256
	Own    []ownToken `cbor:"own"`    // the newest last
}

// ownToken is a token of an app that is nobody's.
type ownToken struct {
	ID      string `cbor:"id"`
	Hash    []byte `cbor:"hash"`
	Scopes  Scopes `cbor:"scopes"`
	Created int64  `cbor:"created"`
}

// Register enters an app and returns it with its ID and its secret, which is
// shown this once. Durable when it returns. Kinds: Invalid for what can't be an
// app, Quota if there are too many that are in use.
func (a *Access) Register(ctx context.Context, app App) (App, string, error) {
	const op = "access.Register"
	app.Name = strings.TrimSpace(app.Name)
	if err := app.check(); err != nil {
		return App{}, "", content.E(op, content.Invalid, err)
	}
	secret := newSecret()
	h := hashOf(secret)
	app.ID, app.Created, app.Secret, app.Own = rand.Text(), a.now().Unix(), h[:], nil
	a.appChange.Lock()
	defer a.appChange.Unlock()
	gone, err := a.enter(app)
	if err != nil {
		return App{}, "", content.E(op, content.Quota, err)
	}
	err = a.room.Update(ctx, func(tx *store.Tx) error {
		if gone != "" {
			if err := tx.Delete(appKey(gone)); err != nil {
				return err
			}
		}
		return put(tx, appKey(app.ID), app)
	})
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.removeApp(app.ID)
		return App{}, "", content.E(op, content.Other, err)
	}
	return app, secret, nil
}

// enter adds an app; gone is the one that made room for it, if one had to.
func (a *Access) enter(app App) (gone string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.apps) >= MaxApps {
		if gone = a.unusedApp(); gone == "" {
			return "", fmt.Errorf("there are %d apps with tokens already: revoke those that are not needed", MaxApps)
		}
		a.removeApp(gone)
	}
	a.apps[app.ID] = app
	return gone, nil
}

// unusedApp returns the oldest app that no owner's token is of. The mutex is held.
func (a *Access) unusedApp() string {
	used := make(map[string]bool)
	for _, t := range a.tokens {
		used[t.App] = true
	}
	var oldest App
	for id, app := range a.apps {
		if !used[id] && (oldest.ID == "" || cmp.Or(cmp.Compare(app.Created, oldest.Created), cmp.Compare(id, oldest.ID)) < 0) {
			oldest = app
		}
	}
	return oldest.ID
}

// removeApp forgets an app with its own tokens. The mutex is held.
func (a *Access) removeApp(id string) {
	for _, own := range a.apps[id].Own {
		delete(a.programs, secretHash(own.Hash))
	}
	delete(a.apps, id)
}

// App returns an app by its ID; kind NotFound if there is none.
func (a *Access) App(id string) (App, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	app, ok := a.apps[id]
	if !ok {
		return App{}, content.Errorf("access.App", content.NotFound, "this app is not known here, or was forgotten: begin again in the app")
	}
	return app, nil
}

// HasSecret reports whether a secret is the app's, in constant time.
func (app App) HasSecret(secret string) bool {
	h := hashOf(secret)
	return subtle.ConstantTimeCompare(h[:], app.Secret) == 1
}

func (app App) check() error {
	size := 0
	for _, uri := range app.Redirects {
		size += len(uri)
	}
	switch {
	case strings.TrimSpace(app.Name) == "" || utf8.RuneCountInString(app.Name) > MaxAppName:
		return fmt.Errorf("client_name has 1 to %d characters", MaxAppName)
	case !utf8.ValidString(app.Name) || strings.ContainsFunc(app.Name, misleads):
		return fmt.Errorf("client_name is one line of text, written in one direction")
	case len(app.Redirects) == 0 || size > MaxAppURIs:
		return fmt.Errorf("redirect_uris are one or more, of at most %d bytes together", MaxAppURIs)
	case len(app.Website) > MaxAppURIs || !utf8.ValidString(app.Website):
		return fmt.Errorf("website has at most %d bytes", MaxAppURIs)
	}
	return app.Scopes.CheckApp()
}

// misleads tells the characters by which a name could pass for what it is not:
// controls, and those that turn the direction of text (Unicode UAX #9).
func misleads(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// clip cuts a name to so many bytes, between characters.
func clip(name string, most int) string {
	for len(name) > most {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// appKey is where an app is kept: no key of a token has this length.
func appKey(id string) []byte { return slices.Concat([]byte(appPrefix), []byte(id)) }

const appPrefix = "app/"
