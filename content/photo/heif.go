package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// heif is what is read of a HEIC or AVIF file: the items of its meta box
// (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12) and how they belong together.
type heif struct {
	primary    uint32
	items      map[uint32]*item
	references []reference
	properties []property
	inline     []byte // the idat box
	meta       bool
}

// item is one coded picture, grid, or piece of metadata.
type item struct {
	kind      string // "hvc1", "av01", "grid", "Exif", "mime"
	mime      string
	inIdat    bool
	elsewhere bool // its data is in another file or built from other items
	extents   []extent
	uses      []use
}

type extent struct{ at, size uint64 }

// reference says that an item depends on others or describes them.
type reference struct {
	kind string // "dimg", "auxl", "thmb", "cdsc"
	from uint32
	to   []uint32
}

type property struct {
	kind string
	body []byte
}

// use is an item's property, by index from 1, and whether a reader must know it.
type use struct {
	index     int
	essential bool
}

// sniffBrands tells HEIC and AVIF by the brands of an ftyp box (ISO/IEC
// 14496-12, 4.3; AVIF 1.1, section 6).
func sniffBrands(b []byte) (format, bool) {
	if len(b) < 16 || string(b[4:8]) != "ftyp" {
		return 0, false
	}
	n := min(int(binary.BigEndian.Uint32(b)), len(b))
	for at := 8; at+4 <= n; at += 4 {
		switch string(b[at : at+4]) {
		case "avif", "avis":
			return formatAVIF, true
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return formatHEIC, true
		}
	}
	return 0, false
}

func (p *picture) parseHEIF() error {
	h := &heif{items: map[uint32]*item{}}
	p.heif = h
	err := boxes(p.data, func(kind string, b []byte) error {
		switch kind {
		case "meta":
			if h.meta {
				return errDamaged
			}
			h.meta = true
			return h.readMeta(b)
		case "ftyp", "mdat", "free", "skip":
		default:
			p.found.add(FoundOther)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := h.check(len(p.data)); err != nil {
		return err
	}
	if err := p.readPrimary(); err != nil {
		return err
	}
	p.readHEIFText()
	return nil
}

func (h *heif) readMeta(b []byte) error {
	if len(b) < 4 {
		return errTruncated
	}
	return boxes(b[4:], func(kind string, b []byte) error {
		r := &reader{b: b}
		switch kind {
		case "pitm":
			version, _ := r.full()
			h.primary = r.id(version > 0)
		case "iinf":
			return h.readInfos(r)
		case "iloc":
			return h.readLocations(r)
		case "iref":
			return h.readReferences(r)
		case "iprp":
			return h.readProperties(b)
		case "idat":
			h.inline = b
		}
		return r.err
	})
}

func (h *heif) item(id uint32) *item {
	if h.items[id] == nil {
		h.items[id] = &item{}
	}
	return h.items[id]
}

func (h *heif) readInfos(r *reader) error {
	version, _ := r.full()
	r.id(version > 0)
	return boxes(r.b, func(kind string, b []byte) error {
		if len(h.items) >= maxItems || kind != "infe" {
			return errDamaged
		}
		r := &reader{b: b}
		version, _ := r.full()
		if version < 2 {
			return errors.New("items of a kind that is not in use")
		}
		it := h.item(r.id(version > 2))
		r.u16()
		it.kind = string(r.bytes(4))
		if it.kind == "mime" {
			_, rest, _ := bytes.Cut(r.b, []byte{0})
			mime, _, _ := bytes.Cut(rest, []byte{0})
			it.mime = string(mime)
		}
		return r.err
	})
}

// readLocations reads the iloc box (ISO/IEC 14496-12, 8.11.3).
func (h *heif) readLocations(r *reader) error {
	version, _ := r.full()
	sizes := r.u16()
	offset, length, base, index := sizes>>12, sizes>>8&15, sizes>>4&15, sizes&15
	if max(offset, length, base, index) > 8 {
		return errDamaged
	}
	for range r.id(version > 1) {
		if r.err != nil || len(h.items) > maxItems {
			return errDamaged
		}
		it := h.item(r.id(version > 1))
		method := 0
		if version > 0 {
			method = r.u16() & 15
		}
		it.inIdat, it.elsewhere = method == 1, r.u16() != 0 || method > 1
		start := r.uint(base)
		for range r.u16() {
			if version > 0 {
				r.uint(index)
			}
			e := extent{at: start + r.uint(offset), size: r.uint(length)}
			if r.err != nil || len(it.extents) >= maxItems {
				return errDamaged
			}
			it.extents = append(it.extents, e)
		}
	}
	return r.err
}

func (h *heif) readReferences(r *reader) error {
	version, _ := r.full()
	return boxes(r.b, func(kind string, b []byte) error {
		r := &reader{b: b}
		ref := reference{kind: kind, from: r.id(version > 0)}
		for range r.u16() {
			ref.to = append(ref.to, r.id(version > 0))
			if r.err != nil {
				return r.err
			}
		}
		h.references = append(h.references, ref)
		if len(h.references) > maxItems {
			return errDamaged
		}
		return nil
	})
}

func (h *heif) readProperties(b []byte) error {
	return boxes(b, func(kind string, b []byte) error {
		switch kind {
		case "ipco":
			return boxes(b, func(kind string, b []byte) error {
				h.properties = append(h.properties, property{kind, b})
				if len(h.properties) > maxItems {
					return errDamaged
				}
				return nil
			})
		case "ipma":
			return h.readUses(&reader{b: b})
		}
		return nil
	})
}

// readUses reads an ipma box (ISO/IEC 23008-12, 9.3).
func (h *heif) readUses(r *reader) error {
	version, flags := r.full()
	for range r.u32() {
		if r.err != nil || len(h.items) > maxItems {
			return errDamaged
		}
		it := h.item(r.id(version > 0))
		for range r.u8() {
			size := 1 + flags&1
			v := int(r.uint(size))
			top := 1 << (8*size - 1)
			it.uses = append(it.uses, use{index: v &^ top, essential: v&top != 0})
		}
	}
	return r.err
}

// check makes sure that all that is referred to is there.
func (h *heif) check(size int) error {
	if h.items[h.primary] == nil {
		return errors.New("there is no main picture in the file")
	}
	total := uint64(0)
	for id, it := range h.items {
		limit := uint64(size)
		if it.inIdat {
			limit = uint64(len(h.inline))
		}
		for _, e := range it.extents {
			if !it.elsewhere && (e.at > limit || e.size > limit-e.at) {
				return fmt.Errorf("%w (item %d)", errTruncated, id)
			}
			// Items that share bytes would make much of little.
			if total += e.size; total > 2*uint64(size) {
				return errDamaged
			}
		}
		for _, u := range it.uses {
			if u.index < 1 || u.index > len(h.properties) {
				return errDamaged
			}
		}
	}
	return nil
}

// of returns what item id refers to by references of a kind.
func (h *heif) of(kind string, id uint32) []uint32 {
	for _, r := range h.references {
		if r.kind == kind && r.from == id {
			return r.to
		}
	}
	return nil
}

// find returns the first property of a kind that an item has.
func (h *heif) find(it *item, kind string, matches func([]byte) bool) []byte {
	for _, u := range it.uses {
		if p := h.properties[u.index-1]; p.kind == kind && (matches == nil || matches(p.body)) {
			return p.body
		}
	}
	return nil
}

// data returns an item's bytes, of at most the size of the file.
func (h *heif) data(file []byte, it *item) ([]byte, error) {
	if it.inIdat {
		file = h.inline
	}
	var out []byte
	for _, e := range it.extents {
		size := e.size
		if size == 0 { // up to the end, by ISO/IEC 14496-12, 8.11.3
			size = uint64(len(file)) - e.at
		}
		if it.elsewhere || uint64(len(out))+size > uint64(len(file)) {
			return nil, errDamaged
		}
		if len(it.extents) == 1 {
			return file[e.at : e.at+size], nil
		}
		out = append(out, file[e.at:e.at+size]...)
	}
	return out, nil
}

func (h *heif) ids() []uint32 {
	ids := make([]uint32, 0, len(h.items))
	for id := range h.items {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
