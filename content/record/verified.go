package record

import (
	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// Verified is a comment of a page that its author signed.
type Verified struct {
	Account content.AccountID
	TID     content.TID
	Block   content.Block // as it stands in its author's repository
	Comment *Comment
}

// Refused is a comment of a page that must not be shown.
type Refused struct {
	Place int // on the page, from 0
	Err   error
}

// Verify tells the comments of a page that their authors signed, in their order, from
// what was put under it: what is no comment, of another post, not signed, or there
// twice. One that does not verify spoils no other. It says nothing of comments that
// stand on several pages.
func (p *Page) Verify(post content.URI) (good []Verified, bad []Refused) {
	certs := make([]error, len(p.Writers))
	for i, w := range p.Writers {
		certs[i] = keys.VerifyCertificate(w)
	}
	type key struct {
		account content.AccountID
		tid     content.TID
	}
	seen := make(map[key]bool)
	for i, l := range p.Comments {
		v, err := p.verify(l, certs, post)
		k := key{v.Account, v.TID}
		if err == nil && seen[k] {
			err = content.Errorf("record.Page", content.Invalid, "the comment stands twice on the page")
		}
		if err != nil {
			bad = append(bad, Refused{i, err})
			continue
		}
		seen[k] = true
		good = append(good, v)
	}
	return good, bad
}

func (p *Page) verify(l Listed, certs []error, post content.URI) (Verified, error) {
	if l.By < 0 || l.By >= len(certs) {
		return Verified{}, content.Errorf("record.Page", content.Invalid, "the comment's certificate is not on the page")
	}
	if err := certs[l.By]; err != nil {
		return Verified{}, err
	}
	c, err := decodeComment(l.Record, post)
	if err != nil {
		return Verified{}, err
	}
	cert := p.Writers[l.By]
	if err := c.verify(l.TID, cert); err != nil {
		return Verified{}, err
	}
	return Verified{cert.Account, l.TID, content.NewBlock(content.DagCBOR, l.Record), c}, nil
}

// decodeComment reads a comment that must be about a post.
func decodeComment(b []byte, post content.URI) (*Comment, error) {
	const op = "record.decodeComment"
	r, err := Decode(b)
	if err != nil {
		return nil, err
	}
	c, ok := r.(*Comment)
	if !ok || c.Post.URI() != post {
		return nil, content.Errorf(op, content.Invalid, "it is no comment on this post")
	}
	return c, nil
}
