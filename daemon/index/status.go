package index

import (
	"context"
	"encoding/binary"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// The letters that tell statuses apart.
const (
	aPost    = 'p'
	aComment = 'c'
	aReblog  = 'r'
	aLike    = 'l' // is no status, but a reaction
)

// statusRef names what has a [StatusID]: a post or a comment by author and TID, or a
// reblog by its actor, its time and its record key.
type statusRef struct {
	postRef
	kind byte // 0 for a post
	rkey string
}

func (r postRef) status() statusRef { return statusRef{postRef: r} }

func (r postRef) comment() statusRef { return statusRef{postRef: r, kind: aComment} }

func (r statusRef) bytes() []byte {
	if r.kind == 0 {
		return r.postRef.bytes()
	}
	return append(append(r.postRef.bytes(), r.kind), r.rkey...)
}

// subjectRef names what a response is about.
type subjectRef struct {
	postRef
	kind byte // aPost or aComment
}

const subjectLen = refLen + 1

func (s subjectRef) bytes() []byte { return append(s.postRef.bytes(), s.kind) }

func parseSubject(b []byte) subjectRef { return subjectRef{parseRef(b), b[refLen]} }

// uri returns the record that is named; the zero URI for none.
func (s subjectRef) uri() content.URI {
	switch s.kind {
	case aPost:
		return s.postRef.uri()
	case aComment:
		return content.URI{Account: s.author, Path: content.NewPath(content.CollectionComment, s.tid.String())}
	}
	return content.URI{}
}

// subjectOf reads what names a post or a comment.
func subjectOf(u content.URI) (subjectRef, bool) {
	c, rkey := u.Path.Split()
	tid, err := content.ParseTID(rkey)
	s := subjectRef{postRef{u.Account, tid}, aPost}
	if c == content.CollectionComment {
		s.kind = aComment
	}
	return s, err == nil && record.Respondable(c)
}

// newID gives a status the id it is to have, or has; zero if none is to be had.
func (e *edit) newID(r statusRef) (StatusID, error) {
	id, known, err := e.idOf(r)
	if err != nil || known {
		return id, err
	}
	if id, err = e.ix.assign(e.ctx, e.tx, r); err != nil {
		return 0, err
	}
	if id == 0 {
		e.ix.skipped.Add(1)
		return 0, nil
	}
	return id, e.tx.Set(uriKey(r), id.bytes())
}

// dropID takes a status's id away.
func (e *edit) dropID(r statusRef, id StatusID, ids fate) error {
	if ids == dropIDs {
		if err := e.ix.unmove(e.ctx, r, id); err != nil {
			return err
		}
	}
	return e.delete(uriKey(r), statusKey(id))
}

func (e *edit) delete(keys ...[]byte) error {
	for _, k := range keys {
		if err := e.tx.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// get returns a value, nil if there is none.
func (e *edit) get(k []byte) ([]byte, error) {
	v, err := e.tx.Get(k)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	return v, err
}

// fetch is [edit.get] outside of a transaction.
func (ix *Index) fetch(ctx context.Context, k []byte) ([]byte, error) {
	v, err := ix.kv.Get(ctx, k)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	return v, err
}

// idOf returns the id of a status that is known; zero for others.
func (ix *Index) idOf(ctx context.Context, r statusRef) (StatusID, error) {
	b, err := ix.fetch(ctx, uriKey(r))
	if err != nil || len(b) != 8 {
		return 0, err
	}
	return StatusID(binary.BigEndian.Uint64(b)), nil
}

// collect returns all keys with a prefix.
func (ix *Index) collect(ctx context.Context, prefix []byte) (all [][]byte, err error) {
	err = ix.walk(ctx, prefix, func(_ *edit, k, _ []byte) error {
		all = append(all, slices.Clone(k))
		return nil
	})
	return all, err
}
