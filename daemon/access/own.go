package access

import (
	"context"
	"crypto/rand"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// AppToken makes a token of an app that is nobody's (RFC 6749, section 4.4): it
// opens what concerns the app itself. Durable when it returns; the app's fifth
// ends its first. Kind NotFound if there is no such app.
func (a *Access) AppToken(ctx context.Context, id string, scopes Scopes) (Token, string, error) {
	const op = "access.AppToken"
	secret := newSecret()
	h := hashOf(secret)
	own := ownToken{ID: rand.Text()[:16], Hash: h[:], Scopes: scopes, Created: a.now().Unix()}
	app, err := a.changeOwn(ctx, id, func(list []ownToken) []ownToken {
		list = append(list, own)
		return list[max(0, len(list)-maxOwnTokens):]
	})
	if err != nil {
		return Token{}, "", content.E(op, content.Other, err)
	}
	return own.token(app), secret, nil
}

// token is an app's own token as the routes see it.
func (o ownToken) token(app App) Token {
	return Token{ID: o.ID, Name: app.Name, App: app.ID, Scopes: o.Scopes, Created: o.Created}
}

// endOwn revokes an app's own token.
func (a *Access) endOwn(ctx context.Context, t Token) error {
	_, err := a.changeOwn(ctx, t.App, func(list []ownToken) []ownToken {
		return slices.DeleteFunc(list, func(o ownToken) bool { return o.ID == t.ID })
	})
	return err
}

// changeOwn changes the tokens of an app, in memory and then on disk. If the disk
// fails, a token that ended is dead until the next start, and a new one was shown
// to nobody.
func (a *Access) changeOwn(ctx context.Context, id string, change func([]ownToken) []ownToken) (App, error) {
	a.appChange.Lock()
	defer a.appChange.Unlock()
	app, err := a.App(id)
	if err != nil {
		return App{}, err
	}
	app.Own = change(slices.Clone(app.Own))
	a.mu.Lock()
	a.removeApp(id)
	a.addApp(app)
	a.mu.Unlock()
	return app, a.room.Update(ctx, func(tx *store.Tx) error { return put(tx, appKey(id), app) })
}

// addApp enters an app with its own tokens. The mutex is held.
func (a *Access) addApp(app App) {
	a.apps[app.ID] = app
	for _, own := range app.Own {
		a.programs[secretHash(own.Hash)] = own.token(app)
	}
}
