package content

import "strings"

// URI names one record of one account: rg://did:key:…/post/3k… . The
// collection stands in its short form, without "app.rossgram.", where it is
// one of ours.
type URI struct {
	Account AccountID
	Path    Path
}

const (
	uriScheme        = "rg://"
	ownCollections   = "app.rossgram."
	maxURILen        = len(uriScheme) + 128 + MaxPathLen
	uriFormatMessage = "a post is written rg://did:key:…/post/…"
)

// ParseURI reads what [URI.String] writes; it takes the collection in its long
// form too.
func ParseURI(s string) (URI, error) {
	const op = "content.ParseURI"
	rest, ok := strings.CutPrefix(s, uriScheme)
	account, path, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || len(s) > maxURILen {
		return URI{}, Errorf(op, Invalid, uriFormatMessage)
	}
	id, err := ParseAccountID(account)
	if err != nil {
		return URI{}, E(op, Invalid, err)
	}
	collection, rkey, _ := strings.Cut(path, "/")
	if !strings.Contains(collection, ".") {
		collection = ownCollections + collection
	}
	u := URI{id, NewPath(Collection(collection), rkey)}
	if err := u.Path.Validate(); err != nil {
		return URI{}, E(op, Invalid, err)
	}
	return u, nil
}

// String returns the rg: form.
func (u URI) String() string {
	return uriScheme + u.Account.String() + "/" + strings.TrimPrefix(string(u.Path), ownCollections)
}

// MarshalText writes the rg: form.
func (u URI) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads the rg: form.
func (u *URI) UnmarshalText(b []byte) error {
	v, err := ParseURI(string(b))
	if err == nil {
		*u = v
	}
	return err
}
