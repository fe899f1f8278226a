package mastodon

import (
	"context"
	"net/url"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
	"rossgram.app/p2p/discover"
)

// Person is who somebody means by what they typed or pasted.
type Person struct {
	Account index.Account
	Known   bool             // something of the account is held here
	Invite  *discover.Invite // if that is what was given
}

const invitePrefix = "rg-invite:"

// ResolveAccount returns who is meant by an invite (also as the link of a page,
// …/i#…), a DID, name@fingerprint with or without @ in front, the link of a
// profile, or a name that one account known here has. Invites and DIDs need not
// be known; whom they name can be followed by number from now on. Kinds: NotFound
// for a name that is not known, Conflict for one that several have, and for
// invites those of [discover.ParseInvite], a damaged one being Invalid.
func (a *API) ResolveAccount(ctx context.Context, who string) (Person, error) {
	who = strings.TrimSpace(who)
	switch {
	case isInvite(who):
		return a.resolveInvite(ctx, who)
	case strings.HasPrefix(who, "did:"):
		id, err := content.ParseAccountID(who)
		if err != nil {
			return Person{}, err
		}
		return a.introduce(ctx, Person{Account: index.Account{ID: id}})
	}
	if path, ok := pathOfLink(who); ok {
		who, _, _ = strings.Cut(path, "/")
	}
	name, fingerprint, _ := cutLast(strings.TrimPrefix(who, "@"), "@")
	of, err := a.Index.Lookup(ctx, name, fingerprint)
	return Person{Account: of, Known: err == nil}, err
}

func isInvite(who string) bool {
	return len(who) >= len(invitePrefix) && strings.EqualFold(who[:len(invitePrefix)], invitePrefix) ||
		isWeb(who) && strings.Contains(who, "/i#")
}

func (a *API) resolveInvite(ctx context.Context, who string) (Person, error) {
	if _, fragment, ok := strings.Cut(who, "/i#"); ok {
		who = invitePrefix + strings.TrimPrefix(fragment, invitePrefix)
	}
	invite, err := discover.ParseInvite(who, a.Now())
	if content.KindOf(err) == content.Corrupt { // on its way here, not on our disk
		err = content.E("mastodon.resolveInvite", content.Invalid, err)
	}
	if err != nil {
		return Person{}, err
	}
	return a.introduce(ctx, Person{Account: invited(invite), Invite: &invite})
}

// introduce fills in what is known here of a person, and remembers the rest.
func (a *API) introduce(ctx context.Context, p Person) (Person, error) {
	of, err := a.Index.Account(ctx, p.Account.ID)
	switch content.KindOf(err) {
	case content.NotFound:
		p.Account.Num = index.NumberOf(p.Account.ID)
	default:
		if err != nil {
			return Person{}, err
		}
		p.Account, p.Known = of, true
	}
	a.introduced.add(p)
	return p, nil
}

// ResolvePost is [API.Resolve] of a post alone.
func (a *API) ResolvePost(ctx context.Context, post string) (index.Entry, error) {
	i, err := a.Resolve(ctx, post)
	if err == nil && i.Comment != nil {
		err = content.Errorf("mastodon.ResolvePost", content.Invalid, "this is a comment, not a post: "+post)
	}
	return i.Entry, err
}

// Resolve returns the post or the comment that is meant by an rg: URI, a status id
// or the link of one on any node. Kind NotFound if it is not known here.
func (a *API) Resolve(ctx context.Context, post string) (Item, error) {
	const op = "mastodon.Resolve"
	post = strings.TrimSpace(post)
	if strings.HasPrefix(post, "rg:") {
		uri, err := content.ParseURI(post)
		if err != nil {
			return Item{}, err
		}
		return a.itemByURI(ctx, uri)
	}
	path, isLink := pathOfLink(post)
	if !isLink {
		return a.item(ctx, post)
	}
	who, number, _ := strings.Cut(path, "/")
	i, err := a.item(ctx, number)
	if err != nil {
		return Item{}, err
	}
	if _, fingerprint, _ := cutLast(who, "@"); !strings.EqualFold(fingerprint, i.maker().Fingerprint()) {
		return Item{}, content.Errorf(op, content.NotFound, "that post is not known here")
	}
	return i, nil
}

func isWeb(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// pathOfLink returns what stands behind the first /@ of a web address.
func pathOfLink(s string) (string, bool) {
	if !isWeb(s) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(strings.TrimSuffix(u.Path, "/"), "/@")
}

// cutLast is [strings.Cut] around the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
