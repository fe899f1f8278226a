package record

import (
	"fmt"

	"rossgram.app/content"
)

// Check reports whether a record may stand under a path: its $type is the
// collection, and the record key is "self" for a profile, a TID for a post and a
// comment, for responses that of the post, and else what [FollowKey], [BlockKey],
// [LikeKey], [ReblogKey] or [MirrorKey] returns.
func Check(p content.Path, r Record) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if c, key := p.Split(); c != r.Type() || !fits(key, r) {
		return content.E("record.Check", content.Invalid, fmt.Errorf("a record of type %s does not belong under %s", r.Type(), p))
	}
	return nil
}

// fits reports whether a record key is the one, or of the kind, that a record has.
// Of a record of an unknown kind any is.
func fits(key string, r Record) bool {
	switch r := r.(type) {
	case *Profile:
		return key == ProfileKey
	case *Post, *Comment, *Responses:
		return isTID(key)
	case *Follow:
		return key == FollowKey(r.Subject)
	case *Block:
		return key == BlockKey(r.Subject)
	case *Like:
		return key == LikeKey(r.Subject)
	case *Reblog:
		return key == ReblogKey(r.Subject)
	case *Mirror:
		return key == MirrorKey(r.Node)
	}
	return true
}
