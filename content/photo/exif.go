package photo

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content/record"
)

// Exif tags (CIPA DC-008-2023, 4.6).
const (
	tagImageDescription = 0x010e
	tagMake             = 0x010f
	tagModel            = 0x0110
	tagOrientation      = 0x0112
	tagArtist           = 0x013b
	tagThumbnail        = 0x0201
	tagRating           = 0x4746
	tagExposureTime     = 0x829a
	tagFNumber          = 0x829d
	tagCopyright        = 0x8298
	tagExifIFD          = 0x8769
	tagGPSIFD           = 0x8825
	tagISO              = 0x8827
	tagDateTime         = 0x0132
	tagOriginalTime     = 0x9003
	tagMakerNote        = 0x927c
	tagFocalLength      = 0x920a
	tagUserComment      = 0x9286
	tagXPTitle          = 0x9c9b
	tagXPComment        = 0x9c9c
	tagXPAuthor         = 0x9c9d
	tagXPSubject        = 0x9c9f
	tagOwnerName        = 0xa430
	tagBodySerial       = 0xa431
	tagLensModel        = 0xa434
	tagLensSerial       = 0xa435
)

// exif is what is read of Exif metadata: a TIFF structure (TIFF 6.0, section 2).
type exif struct {
	body    []byte
	order   binary.ByteOrder
	entries int // read in all directories
	tags    map[uint16]entry
	found   findings
}

// entry is one field of a directory.
type entry struct {
	kind  uint16
	count uint32
	value []byte // what the count says, or nil if that is not in the file
}

// parseExif reads the directories of a TIFF structure. What is damaged is left
// out: metadata never keeps a picture from being shown.
func parseExif(b []byte) exif {
	x := exif{body: b, tags: map[uint16]entry{}}
	switch {
	case len(b) < 8:
		return x
	case string(b[:2]) == "II":
		x.order = binary.LittleEndian
	case string(b[:2]) == "MM":
		x.order = binary.BigEndian
	default:
		return x
	}
	next := x.directory(x.order.Uint32(b[4:]))
	x.subdirectory(tagExifIFD)
	if x.tags[tagGPSIFD].value != nil {
		x.found.add(FoundPosition)
	}
	if next != 0 {
		x.directory(next)
	}
	for tag, f := range exifFindings {
		if _, ok := x.tags[tag]; ok {
			x.found.add(f)
		}
	}
	return x
}

func (x *exif) subdirectory(tag uint16) {
	if v := x.tags[tag].value; len(v) >= 4 {
		x.directory(x.order.Uint32(v))
	}
}

// directory reads the directory at an offset, and returns the offset of the next.
// The first value of a tag counts.
func (x *exif) directory(at uint32) uint32 {
	if uint64(at)+2 > uint64(len(x.body)) {
		return 0
	}
	b := x.body[at:]
	n := int(x.order.Uint16(b))
	b = b[2:]
	for range min(n, maxEntries) {
		if len(b) < 12 {
			return 0
		}
		tag, e := x.order.Uint16(b), x.entry(b)
		if _, ok := x.tags[tag]; !ok {
			x.tags[tag] = e
		}
		x.entries++
		b = b[12:]
	}
	if n > maxEntries || len(b) < 4 {
		return 0
	}
	return x.order.Uint32(b)
}

var typeSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}

func (x *exif) entry(b []byte) entry {
	e := entry{kind: x.order.Uint16(b[2:]), count: x.order.Uint32(b[4:])}
	if int(e.kind) >= len(typeSizes) {
		return e
	}
	size := uint64(e.count) * typeSizes[e.kind]
	if size <= 4 {
		e.value = b[8 : 8+size]
		return e
	}
	at := uint64(x.order.Uint32(b[8:]))
	if at+size <= uint64(len(x.body)) {
		e.value = x.body[at : at+size]
	}
	return e
}

func (x *exif) turn() turn { return turnOf(int(x.number(tagOrientation))) }

// number is a tag's first value, and 0 if it has none.
func (x *exif) number(tag uint16) float64 {
	e := x.tags[tag]
	v := e.value
	switch {
	case e.kind == 3 && len(v) >= 2:
		return float64(x.order.Uint16(v))
	case e.kind == 4 && len(v) >= 4:
		return float64(x.order.Uint32(v))
	case e.kind == 5 && len(v) >= 8 && x.order.Uint32(v[4:]) != 0:
		return float64(x.order.Uint32(v)) / float64(x.order.Uint32(v[4:]))
	}
	return 0
}

// text is a tag's text in one line, cut to what a record takes.
func (x *exif) text(tag uint16) string {
	s, _, _ := strings.Cut(string(x.tags[tag].value), "\x00")
	if !utf8.ValidString(s) {
		return ""
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if r := []rune(s); len(r) > record.MaxCamera {
		s = string(r[:record.MaxCamera])
	}
	return s
}

// camera returns how the photo was taken, and nil if nothing is known.
func (x *exif) camera() *record.Camera {
	c := record.Camera{Make: x.text(tagMake), Model: x.text(tagModel), Lens: x.text(tagLensModel)}
	if v := x.number(tagExposureTime); v > 0 && v < 1 {
		c.Exposure = fmt.Sprintf("1/%.0f s", 1/v)
	} else if v >= 1 {
		c.Exposure = decimal(v) + " s"
	}
	if v := x.number(tagFNumber); v > 0 {
		c.Aperture = "f/" + decimal(v)
	}
	if v := x.number(tagISO); v > 0 {
		c.ISO = decimal(v)
	}
	if v := x.number(tagFocalLength); v > 0 {
		c.Focal = decimal(v) + " mm"
	}
	if c.Make+c.Model+c.Lens+c.Exposure+c.Aperture+c.ISO+c.Focal == "" {
		return nil
	}
	return &c
}

// decimal writes v with at most one decimal.
func decimal(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// exif returns the smallest Exif that says the turn: one directory with one
// entry. It is nil if the picture stands upright as stored.
func (t turn) exif() []byte {
	if t == (turn{}) {
		return nil
	}
	b := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01")
	b = binary.BigEndian.AppendUint16(b, tagOrientation)
	b = binary.BigEndian.AppendUint16(b, 3) // SHORT
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint16(b, uint16(t.orientation()))
	return append(b, 0, 0, 0, 0, 0, 0)
}
