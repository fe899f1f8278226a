package index

import (
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// saidKey is of a comment in its author's repository.
func saidKey(c postRef) []byte { return key(tagSaid, c.bytes()) }

func saidOnKey(post, c postRef) []byte { return key(tagSaidOn, post.bytes(), c.bytes()) }

func listedKey(post, c postRef) []byte {
	return key(tagListed, post.bytes(), c.bytes()[accountLen:], c.author[:])
}

func listedOnKey(post, c postRef) []byte { return key(tagListedOn, c.bytes(), post.bytes()) }

// putComment enters a comment of an account held here, or another version of it.
func (e *edit) putComment(c, post postRef, digest [digestLen]byte) error {
	if err := e.deleteComment(c, keepIDs); err != nil {
		return err
	}
	if err := e.tx.Set(saidKey(c), postEntry{post, digest}.bytes()); err != nil {
		return err
	}
	if err := e.tx.Set(saidOnKey(post, c), digest[:]); err != nil {
		return err
	}
	if err := e.count(subjectRef{post, aPost}, aComment, +1); err != nil {
		return err
	}
	_, err := e.keepComment(c)
	return err
}

// deleteComment removes what an account said. That somebody lists it is theirs to say.
func (e *edit) deleteComment(c postRef, ids fate) error {
	was, known, err := said(e.tx, c)
	if err != nil || !known {
		return err
	}
	if err := e.delete(saidKey(c), saidOnKey(was.postRef, c)); err != nil {
		return err
	}
	if err := e.count(subjectRef{was.postRef, aPost}, aComment, -1); err != nil {
		return err
	}
	return e.dropComment(c, ids)
}

// said returns the post and the record of a comment, from its author's repository.
func said(tx *store.Tx, c postRef) (e postEntry, known bool, err error) {
	b, err := (&edit{tx: tx}).get(saidKey(c))
	if err != nil || b == nil {
		return e, false, err
	}
	e, err = parseEntry(b)
	return e, err == nil, err
}

// keepComment gives a comment its id, which is zero if none is to be had.
func (e *edit) keepComment(c postRef) (StatusID, error) {
	id, err := e.newID(c.comment())
	if err != nil || id == 0 {
		return 0, err
	}
	return id, e.tx.Set(statusKey(id), c.comment().bytes())
}

// dropComment takes a comment's id away if nobody knows of it any more: neither its
// author's repository, nor an author of a post who lists it.
func (e *edit) dropComment(c postRef, ids fate) error {
	id, known, err := e.idOf(c.comment())
	if err != nil || !known {
		return err
	}
	if _, stays, err := said(e.tx, c); err != nil || stays {
		return err
	}
	if _, stays, err := listedOn(e.tx, c); err != nil || stays {
		return err
	}
	return e.dropID(c.comment(), id, ids)
}

// listedOn returns a post under which a comment is listed: the first by the bytes of
// its author, of those that a hostile author of the comment may have signed.
func listedOn(tx *store.Tx, c postRef) (post postRef, listed bool, err error) {
	prefix := key(tagListedOn, c.bytes())
	err = tx.Scan(store.Span{Prefix: prefix, KeysOnly: true}, func(k, _ []byte) bool {
		post, listed = parseRef(k[len(prefix):]), true
		return false
	})
	return post, listed, err
}

// parseComment reads what a comment's id leads to; false if that is no comment.
func parseComment(b []byte) (c postRef, ok bool) {
	if len(b) != refLen+1 || b[refLen] != aComment {
		return c, false
	}
	return parseRef(b), true
}

// listing is a comment that a post's author lists.
type listing struct {
	digest [digestLen]byte
	id     StatusID // which stays as long as it is listed
	data   []byte   // the record
}

func (l listing) bytes() []byte {
	return slices.Concat(l.digest[:], l.id.bytes(), l.data)
}

func parseListed(b []byte) (l listing, err error) {
	if len(b) < digestLen+8 {
		return l, damaged("index.parseListed")
	}
	copy(l.digest[:], b)
	l.id = lastID(b[:digestLen+8])
	l.data = b[digestLen+8:]
	return l, nil
}

// listedRef returns which comment a key of tagListed is of.
func listedRef(k []byte) postRef {
	k = k[1+refLen:]
	return postRef{content.AccountID(k[8:]), content.TID(lastID(k[:8]))}
}

func subjectIn(u content.URI) postRef {
	s, _ := subjectOf(u)
	return s.postRef
}
