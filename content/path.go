package content

import (
	"strings"
)

// Collection is a kind of record, named by a reversed domain such as
// "app.rossgram.post". It is also the record's $type.
type Collection string

// The collections of this version.
const (
	CollectionProfile   Collection = "app.rossgram.profile"
	CollectionPost      Collection = "app.rossgram.post"
	CollectionFollow    Collection = "app.rossgram.follow"
	CollectionBlock     Collection = "app.rossgram.block"
	CollectionLike      Collection = "app.rossgram.like"
	CollectionReblog    Collection = "app.rossgram.reblog"
	CollectionComment   Collection = "app.rossgram.comment"
	CollectionResponses Collection = "app.rossgram.responses"
	CollectionMirror    Collection = "app.rossgram.mirror"
)

// Path is a record's key in its repository's tree: collection "/" record key.
// As in atproto it has at most 1,024 bytes, and the record key is of letters,
// digits and . - _ : ~, at most 512 of them, and neither "." nor "..".
type Path string

// MaxPathLen is the longest [Path] in bytes.
const MaxPathLen = 1024

const maxRecordKeyLen = 512

// NewPath joins a collection and a record key. It does not check them; see
// [Path.Validate].
func NewPath(c Collection, rkey string) Path { return Path(string(c) + "/" + rkey) }

// Split returns the collection and the record key.
func (p Path) Split() (Collection, string) {
	c, rkey, _ := strings.Cut(string(p), "/")
	return Collection(c), rkey
}

// Collection returns the part before the slash.
func (p Path) Collection() Collection { c, _ := p.Split(); return c }

// RecordKey returns the part behind the slash.
func (p Path) RecordKey() string { _, k := p.Split(); return k }

// Validate reports whether p is well-formed.
func (p Path) Validate() error {
	c, rkey := p.Split()
	switch {
	case len(p) > MaxPathLen,
		!validCollection(string(c)),
		rkey == "", rkey == ".", rkey == "..", len(rkey) > maxRecordKeyLen,
		strings.ContainsFunc(rkey, func(r rune) bool { return !recordKeyRune(r) }):
		return Errorf("content.Path", Invalid, "not a record path: "+clip(string(p), 80))
	}
	return nil
}

func validCollection(s string) bool {
	segments := strings.Split(s, ".")
	if len(s) > 317 || len(segments) < 3 { // lengths of atproto's NSID
		return false
	}
	for _, seg := range segments {
		if seg == "" || len(seg) > 63 || strings.ContainsFunc(seg, func(r rune) bool { return !alnum(r) && r != '-' }) {
			return false
		}
	}
	return true
}

func alnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func recordKeyRune(r rune) bool { return alnum(r) || strings.ContainsRune(".-_:~", r) }

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
