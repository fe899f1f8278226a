package photo

import (
	"bytes"
	"encoding/binary"
)

// readPrimary reads size, turn and colours of the main picture.
func (p *picture) readPrimary() error {
	h := p.heif
	main := h.items[h.primary]
	size := h.find(main, "ispe", nil)
	if len(size) < 12 {
		return errDamaged
	}
	p.width, p.height = int(binary.BigEndian.Uint32(size[4:])), int(binary.BigEndian.Uint32(size[8:]))
	if err := p.checkTiles(); err != nil {
		return err
	}
	turned := h.turn(main)
	if p.format == formatHEIC {
		// libheif returns pictures upright and cropped.
		p.width, p.height = h.cropped(main, p.width, p.height)
		p.width, p.height = turned.size(p.width, p.height)
	} else {
		p.turn = turned
	}
	p.readHEIFColour(main)
	return nil
}

// checkTiles makes sure that no part of the picture is larger than the whole,
// which is what the limits look at.
func (p *picture) checkTiles() error {
	h := p.heif
	if max(p.width, p.height) > MaxSide {
		return nil // which the limits refuse
	}
	for id := range h.reachable() {
		size := h.find(h.items[id], "ispe", nil)
		if len(size) < 12 {
			return errDamaged
		}
		w, ht := int(binary.BigEndian.Uint32(size[4:])), int(binary.BigEndian.Uint32(size[8:]))
		if max(w, ht) > MaxSide || w*ht > max(2*p.width*p.height, 1<<20) {
			return errDamaged
		}
	}
	return nil
}

// turn composes an item's rotations and mirrorings in their order (ISO/IEC
// 23008-12, 6.5.10 and 6.5.12).
func (h *heif) turn(it *item) turn {
	var t turn
	for _, u := range it.uses {
		p := h.properties[u.index-1]
		if len(p.body) < 1 {
			continue
		}
		switch {
		case p.kind == "irot":
			// Quarters anticlockwise.
			t = t.then([]turn{{}, turns[8], turns[3], turns[6]}[p.body[0]&3])
		case p.kind == "imir" && p.body[0]&1 == 0:
			t = t.then(turn{flipY: true})
		case p.kind == "imir":
			t = t.then(turn{flipX: true})
		}
	}
	return t
}

// cropped is the size after an item's clean aperture (ISO/IEC 14496-12, 12.1.4).
func (h *heif) cropped(it *item, w, ht int) (int, int) {
	b := h.find(it, "clap", nil)
	if len(b) < 16 {
		return w, ht
	}
	side := func(b []byte, whole int) int {
		n, d := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if d == 0 || n/d == 0 {
			return whole
		}
		return min(whole, int((uint64(n)+uint64(d)/2)/uint64(d)))
	}
	return side(b, w), side(b[8:], ht)
}

// readHEIFColour reads the colour boxes (ISO/IEC 14496-12, 12.1.5). An ICC
// profile goes before code points, which then say only how RGB is coded.
func (p *picture) readHEIFColour(main *item) {
	has := func(kinds string) func([]byte) bool {
		return func(b []byte) bool { return len(b) >= 4 && oneOf(kinds, string(b[:4])) }
	}
	nclx := p.heif.find(main, "colr", has("nclx"))
	if nclx == nil {
		for _, id := range p.heif.of("dimg", p.heif.primary) {
			if it := p.heif.items[id]; it != nil && nclx == nil {
				nclx = p.heif.find(it, "colr", has("nclx"))
			}
		}
	}
	if len(nclx) >= 11 {
		p.colour = codedColour(int(binary.BigEndian.Uint16(nclx[4:])), int(binary.BigEndian.Uint16(nclx[6:])))
		p.colour.coding = codingOf(int(binary.BigEndian.Uint16(nclx[8:])), nclx[10]&0x80 != 0)
	}
	if icc := p.heif.find(main, "colr", has("prof rICC")); icc != nil {
		coding := p.colour.coding
		p.colour = profileColour(icc[4:min(len(icc), maxProfile)])
		p.colour.coding = coding
	}
}

// readHEIFText takes note of the items that will be removed.
func (p *picture) readHEIFText() {
	h := p.heif
	keep := h.reachable()
	for _, id := range h.ids() {
		it := h.items[id]
		if keep[id] {
			continue
		}
		body, err := h.data(p.data, it)
		switch {
		case err != nil:
			p.found.add(FoundOther)
		case it.kind == "Exif":
			if len(body) >= 4 {
				skip := min(uint64(binary.BigEndian.Uint32(body)), uint64(len(body)-4))
				p.readExif(trimExif(body[4+skip:]))
			}
		case it.mime == "application/rdf+xml" || bytes.Contains(body[:min(len(body), 256)], []byte("xmpmeta")):
			p.readText(textXMP, body)
		case len(h.of("thmb", id)) > 0:
			p.found.add(FoundThumbnail)
		default:
			p.found.add(FoundOther)
		}
	}
}

// reachable returns the items that the main picture is made of: itself, its
// tiles, and its transparency.
func (h *heif) reachable() map[uint32]bool {
	keep := map[uint32]bool{}
	todo := []uint32{h.primary}
	for len(todo) > 0 {
		id := todo[0]
		todo = todo[1:]
		if keep[id] || h.items[id] == nil {
			continue
		}
		keep[id] = true
		todo = append(todo, h.of("dimg", id)...)
		if a, ok := h.alphaOf(id); ok {
			todo = append(todo, a)
		}
	}
	return keep
}

// alphaOf returns the item that holds an item's transparency.
func (h *heif) alphaOf(id uint32) (uint32, bool) {
	for _, r := range h.references {
		if r.kind == "auxl" && len(r.to) > 0 && r.to[0] == id && h.alpha(r.from) {
			return r.from, true
		}
	}
	return 0, false
}

// withPrimary is h with another main picture.
func (h *heif) withPrimary(id uint32) *heif {
	other := *h
	other.primary = id
	return &other
}

// alpha says whether an auxiliary item is transparency (ISO/IEC 23008-12, 6.5.8
// and annex B; ISO/IEC 23091-2 through MIAF).
func (h *heif) alpha(id uint32) bool {
	it := h.items[id]
	return it != nil && h.find(it, "auxC", func(b []byte) bool {
		urn, _, _ := bytes.Cut(b[min(4, len(b)):], []byte{0})
		return string(urn) == "urn:mpeg:hevc:2015:auxid:1" ||
			string(urn) == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
	}) != nil
}
