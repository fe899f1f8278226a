package photo

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// keptProperties decide how a picture looks. A property of another kind becomes
// an empty box, so that the others keep their numbers.
const keptProperties = "ispe pixi colr hvcC av1C irot imir clap pasp auxC a1op a1lx lsel clli mdcv cclv amve"

// keptBrands are those of still pictures, which is all that is left.
const keptBrands = "heic heix heim mif1 mif2 miaf avif MiHB MiHE MA1A MA1B"

// write puts together a file that holds the main picture and nothing else: each
// box is written anew, and of the old data only that of the kept items is taken.
func (h *heif) write(file []byte) ([]byte, error) {
	keep := h.reachable()
	var ids []uint32
	var payload [][]byte
	for _, id := range h.ids() {
		if !keep[id] {
			continue
		}
		b, err := h.data(file, h.items[id])
		if err != nil {
			return nil, err
		}
		if id > 0xffff {
			return nil, fmt.Errorf("the file has an item numbered %d", id)
		}
		ids, payload = append(ids, id), append(payload, b)
	}
	head := appendBox(nil, "ftyp", brands(file))
	// Offsets have a fixed size, so that the length of meta is known before them.
	length := len(head) + len(h.writeMeta(ids, payload, 0)) + 8
	out := append(head, h.writeMeta(ids, payload, uint32(length))...)
	return appendBox(out, "mdat", payload...), nil
}

// brands returns the ftyp box's body with the brands that still hold.
func brands(file []byte) []byte {
	n := min(int(binary.BigEndian.Uint32(file)), len(file))
	var kept []byte
	for at := 8; at+4 <= n; at += 4 {
		if at != 12 && oneOf(keptBrands, string(file[at:at+4])) {
			kept = append(kept, file[at:at+4]...)
		}
	}
	major := "mif1"
	if f, _ := sniffBrands(file); f == formatAVIF {
		major = "avif"
	} else if len(kept) >= 4 {
		major = string(kept[:4])
	}
	if string(kept[:min(4, len(kept))]) == major {
		kept = kept[4:]
	}
	list := []string{major}
	for b := range slices.Chunk(kept, 4) {
		if !slices.Contains(list, string(b)) {
			list = append(list, string(b))
		}
	}
	if f, _ := sniffBrands(file); f == formatHEIC && !slices.ContainsFunc(list, isHEIC) {
		list = append(list, "heic")
	}
	return []byte(major + "\x00\x00\x00\x00" + strings.Join(list, ""))
}

func isHEIC(brand string) bool { return strings.HasPrefix(brand, "hei") }

func (h *heif) writeMeta(ids []uint32, payload [][]byte, start uint32) []byte {
	hdlr := appendBox(nil, "hdlr", make([]byte, 8), []byte("pict"), make([]byte, 13))
	pitm := appendBox(nil, "pitm", be32(0), be16(int(h.primary)))
	return appendBox(nil, "meta", be32(0), hdlr, pitm, h.writeLocations(ids, payload, start),
		h.writeInfos(ids), h.writeReferences(ids), h.writeProperties(ids))
}

func (h *heif) writeInfos(ids []uint32) []byte {
	var infos []byte
	for _, id := range ids {
		hidden := uint32(0)
		if id != h.primary {
			hidden = 1
		}
		infos = appendBox(infos, "infe", be32(2<<24|hidden), be16(int(id)), be16(0), []byte(h.items[id].kind), []byte{0})
	}
	return appendBox(nil, "iinf", be32(0), be16(len(ids)), infos)
}

func (h *heif) writeLocations(ids []uint32, payload [][]byte, start uint32) []byte {
	b := append(be32(0), 0x44, 0) // offsets and lengths of four bytes
	b = append(b, be16(len(ids))...)
	for i, id := range ids {
		b = append(append(b, be16(int(id))...), 0, 0, 0, 1)
		b = append(append(b, be32(start)...), be32(uint32(len(payload[i])))...)
		start += uint32(len(payload[i]))
	}
	return appendBox(nil, "iloc", b)
}

// writeReferences writes those between kept items.
func (h *heif) writeReferences(ids []uint32) []byte {
	var refs []byte
	for _, r := range h.references {
		if _, ok := slices.BinarySearch(ids, r.from); !ok || !oneOf("dimg auxl prem", r.kind) {
			continue
		}
		var to []byte
		n := 0
		for _, id := range r.to {
			if _, ok := slices.BinarySearch(ids, id); ok {
				to = append(to, be16(int(id))...)
				n++
			}
		}
		if n == len(r.to) {
			refs = appendBox(refs, r.kind, be16(int(r.from)), be16(n), to)
		}
	}
	if refs == nil {
		return nil
	}
	return appendBox(nil, "iref", be32(0), refs)
}

func (h *heif) writeProperties(ids []uint32) []byte {
	used := make([]bool, len(h.properties))
	uses := append(be32(1), be32(uint32(len(ids)))...) // with indexes of two bytes
	for _, id := range ids {
		var list []byte
		n := 0
		for _, u := range h.items[id].uses {
			if !oneOf(keptProperties, h.properties[u.index-1].kind) {
				continue
			}
			used[u.index-1] = true
			v := u.index
			if u.essential {
				v |= 0x8000
			}
			list = append(list, be16(v)...)
			n++
		}
		uses = append(append(append(uses, be16(int(id))...), byte(n)), list...)
	}
	var all []byte
	for i, p := range h.properties {
		if used[i] {
			all = appendBox(all, p.kind, p.body)
		} else {
			all = appendBox(all, "free")
		}
	}
	return appendBox(nil, "iprp", appendBox(nil, "ipco", all), appendBox(nil, "ipma", uses))
}
