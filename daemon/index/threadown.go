package index

import (
	"bytes"
	"cmp"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// own returns the viewer's comments as they stand in their repository.
func (r *threadReader) own(page ThreadPage, limit int) (list []Comment, err error) {
	if r.viewer.IsZero() {
		return nil, nil
	}
	span := store.Span{Prefix: key(tagSaidOn, r.post.bytes(), r.viewer[:])}
	if page.TID != 0 {
		from := postRef{r.viewer, page.TID}
		span.Start = saidOnKey(r.post, from)
		if bytes.Compare(r.viewer[:], page.Author[:]) <= 0 {
			span.Start = append(span.Start, 0)
		}
	}
	keys, values, err := readPage(r.tx, span, limit)
	for i := range keys {
		if err != nil || len(values[i]) != digestLen {
			return list, err
		}
		ref, digest := parseRef(keys[i][1+refLen:]), [digestLen]byte(values[i])
		if i == limit-1 {
			r.readTo(ref)
		}
		var c Comment
		if c, err = r.Index.said(r.ctx, 0, ref, digest); content.KindOf(err) == content.NotFound {
			err = nil
			continue
		}
		if err == nil {
			c.ID, err = r.id(ref)
		}
		var listed []byte
		if err == nil {
			listed, err = (&edit{tx: r.tx}).get(listedKey(r.post, ref))
		}
		c.Pending = len(listed) < digestLen || !bytes.Equal(listed[:digestLen], digest[:])
		list = append(list, c)
	}
	return list, err
}

// merge puts the viewer's own among what is listed, in the place of what is listed of
// the same.
func (r *threadReader) merge(listed, own []Comment) []Comment {
	mine := make(map[postRef]bool, len(own))
	for _, c := range own {
		mine[c.ref()] = true
	}
	all := append(own, slices.DeleteFunc(listed, func(c Comment) bool { return mine[c.ref()] })...)
	slices.SortFunc(all, func(a, b Comment) int { return order(a.ref(), b.ref()) })
	return slices.DeleteFunc(all, func(c Comment) bool { return r.end.tid != 0 && order(c.ref(), r.end) > 0 })
}

func (c Comment) ref() postRef { return postRef{c.Author, c.TID} }

// order is that of a thread.
func order(a, b postRef) int {
	return cmp.Or(cmp.Compare(a.tid, b.tid), bytes.Compare(a.author[:], b.author[:]))
}
