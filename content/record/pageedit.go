package record

import (
	"bytes"
	"slices"

	"rossgram.app/content"
)

// These return changed copies of a page: what was published stays as it is.

func (p *Page) with(a Accepted) *Page {
	c := p.clone()
	c.Comments = append(c.Comments, Listed{By: c.writer(a.Cert), TID: a.TID, Record: a.Record})
	return c
}

func (p *Page) replace(place int, a Accepted) *Page {
	c := p.clone()
	c.Comments[place].By, c.Comments[place].Record = c.writer(a.Cert), a.Record
	c.sweep()
	return c
}

func (p *Page) without(place int) *Page {
	c := p.clone()
	c.Comments = slices.Delete(c.Comments, place, place+1)
	c.sweep()
	return c
}

func (p *Page) clone() *Page {
	c := *p
	c.Writers, c.Comments = slices.Clone(p.Writers), slices.Clone(p.Comments)
	return &c
}

// writer returns the place of a certificate, which it adds if it is not there.
func (p *Page) writer(cert content.Certificate) int {
	same := func(w content.Certificate) bool { return w.Account == cert.Account && bytes.Equal(w.Sig, cert.Sig) }
	if i := slices.IndexFunc(p.Writers, same); i >= 0 {
		return i
	}
	p.Writers = append(p.Writers, cert)
	return len(p.Writers) - 1
}

// sweep takes out the certificates that no comment needs.
func (p *Page) sweep() {
	for i := len(p.Writers) - 1; i >= 0; i-- {
		if slices.ContainsFunc(p.Comments, func(l Listed) bool { return l.By == i }) {
			continue
		}
		p.Writers = slices.Delete(p.Writers, i, i+1)
		for j := range p.Comments {
			if p.Comments[j].By > i {
				p.Comments[j].By--
			}
		}
	}
}

// fits reports whether a page has at most so many bytes.
func (p *Page) fits(limit int) bool {
	b, err := EncodePage(p)
	return err == nil && len(b.Data) <= limit
}
