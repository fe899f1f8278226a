package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0
	markerDHT   = 0xc4
	markerSOF15 = 0xcf
	markerDAC   = 0xcc
	markerJPG   = 0xc8
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAPP13 = 0xed
	markerAPP14 = 0xee
	markerAPP15 = 0xef
	markerCOM   = 0xfe
	markerTEM   = 0x01
)

const (
	prefixExif      = "Exif\x00\x00"
	prefixXMP       = "http://ns.adobe.com/xap/1.0/\x00"
	prefixXMPMore   = "http://ns.adobe.com/xmp/extension/\x00"
	prefixICC       = "ICC_PROFILE\x00"
	prefixPhotoshop = "Photoshop 3.0\x00"
)

var (
	errTruncated = errors.New("the picture is cut short: part of the file is missing")
	errDamaged   = errors.New("the picture is damaged")
)

// segment is one marker of a JPEG with its payload, and the entropy-coded data
// that follows it (only after SOS).
type segment struct {
	marker  byte
	payload []byte
	scan    []byte
}

// jpegSegments calls visit for each segment between SOI and the first EOI, and
// returns what stands after that.
func jpegSegments(b []byte, visit func(segment) error) (rest []byte, err error) {
	b = b[2:]
	for range maxSegments {
		at := bytes.IndexByte(b, 0xff)
		if at < 0 {
			return nil, errTruncated
		}
		for b = b[at:]; len(b) > 0 && b[0] == 0xff; { // any number of fill bytes
			b = b[1:]
		}
		if len(b) == 0 {
			return nil, errTruncated
		}
		s := segment{marker: b[0]}
		b = b[1:]
		switch {
		case s.marker == markerEOI:
			return b, nil
		case s.marker == 0, s.marker == markerTEM, s.marker == markerSOI, s.marker >= markerRST0 && s.marker <= markerRST7:
			continue
		}
		if len(b) < 2 || len(b) < int(binary.BigEndian.Uint16(b)) {
			return nil, errTruncated
		}
		n := int(binary.BigEndian.Uint16(b))
		if n < 2 {
			return nil, errDamaged
		}
		s.payload, b = b[2:n], b[n:]
		if s.marker == markerSOS {
			end := scanEnd(b)
			s.scan, b = b[:end], b[end:]
		}
		if err := visit(s); err != nil {
			return nil, err
		}
	}
	return nil, errDamaged
}

// scanEnd is the length of the entropy-coded data that b begins with: up to a
// marker that is neither a stuffed byte nor a restart (T.81, B.1.1.5).
func scanEnd(b []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(b[at:], 0xff)
		if next < 0 || at+next+1 >= len(b) {
			return len(b)
		}
		at += next
		if m := b[at+1]; m != 0 && (m < markerRST0 || m > markerRST7) {
			return at
		}
		at += 2
	}
}

func isFrame(marker byte) bool {
	return marker >= markerSOF0 && marker <= markerSOF15 &&
		marker != markerDHT && marker != markerJPG && marker != markerDAC
}

func (p *picture) parseJPEG() error {
	var icc iccChunks
	scans := 0
	rest, err := jpegSegments(p.data, func(s segment) error {
		switch {
		case isFrame(s.marker):
			return p.readFrame(s)
		case s.marker == markerSOS:
			scans++
		case s.marker == markerAPP2 && bytes.HasPrefix(s.payload, []byte(prefixICC)):
			icc.add(s.payload[len(prefixICC):])
		case s.marker == markerCOM, s.marker >= markerAPP0 && s.marker <= markerAPP15:
			p.readJPEGText(s)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case scans == 0 || p.width == 0:
		return errDamaged
	}
	if len(bytes.TrimRight(rest, "\x00")) > 0 {
		p.found.add(FoundTrailer)
	}
	p.turn = p.exif.turn()
	p.colour = icc.colour()
	return nil
}

// readFrame reads a frame header (T.81, B.2.2).
func (p *picture) readFrame(s segment) error {
	if len(s.payload) < 6 {
		return errDamaged
	}
	if bits := s.payload[0]; bits != 8 {
		return fmt.Errorf("this JPEG has %d bits a sample; only those with 8 can be read: convert it first", bits)
	}
	if s.marker > 0xc2 {
		return errors.New("this JPEG uses lossless, hierarchical or arithmetic coding, which cannot be read: convert it first")
	}
	if p.width != 0 {
		return errDamaged // a second frame
	}
	p.height = int(binary.BigEndian.Uint16(s.payload[1:]))
	p.width = int(binary.BigEndian.Uint16(s.payload[3:]))
	return nil
}

// readJPEGText takes note of a segment that will be removed.
func (p *picture) readJPEGText(s segment) {
	has := func(marker byte, prefix string) bool {
		return s.marker == marker && bytes.HasPrefix(s.payload, []byte(prefix))
	}
	switch {
	case has(markerAPP1, prefixExif):
		p.readExif(s.payload[len(prefixExif):])
	case has(markerAPP1, prefixXMP):
		p.readText(textXMP, s.payload[len(prefixXMP):])
	case has(markerAPP1, prefixXMPMore):
		p.readText(textXMP, s.payload[len(prefixXMPMore):])
	case has(markerAPP13, prefixPhotoshop):
		p.readText(textPhotoshop, s.payload[len(prefixPhotoshop):])
	case s.marker == markerCOM:
		p.readText(textComment, s.payload)
	case has(markerAPP0, "JFIF\x00"):
		if len(s.payload) > 14 {
			p.found.add(FoundThumbnail)
		}
	case has(markerAPP0, "JFXX\x00"):
		p.found.add(FoundThumbnail)
	case has(markerAPP2, "MPF\x00"):
		p.found.add(FoundTrailer)
	case has(markerAPP14, "Adobe") && len(s.payload) >= 12:
		// It says how colours are coded and is kept.
	default:
		p.found.add(FoundOther)
	}
}

// stripJPEG keeps tables, frames and scans, and of the application segments the
// JFIF header (ITU-T T.871) without thumbnail, the ICC profile and Adobe's
// colour transform.
func (p *picture) stripJPEG() ([]byte, error) {
	out := make([]byte, 0, len(p.data))
	out = append(out, 0xff, markerSOI)
	exif := p.turn.exif()
	_, err := jpegSegments(p.data, func(s segment) error {
		if s.marker != markerAPP0 && exif != nil {
			out = appendSegment(out, markerAPP1, append([]byte(prefixExif), exif...))
			exif = nil
		}
		if keep := keptSegment(s); keep != nil {
			out = append(appendSegment(out, s.marker, keep), s.scan...)
		}
		return nil
	})
	return append(out, 0xff, markerEOI), err
}

func appendSegment(out []byte, marker byte, payload []byte) []byte {
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(out, payload...)
}

// keptSegment returns what of a segment's payload stays, and nil if nothing.
func keptSegment(s segment) []byte {
	b := s.payload
	switch s.marker {
	case markerAPP0:
		if len(b) >= 14 && bytes.HasPrefix(b, []byte("JFIF\x00")) {
			return append(bytes.Clone(b[:12]), 0, 0)
		}
	case markerAPP2:
		if bytes.HasPrefix(b, []byte(prefixICC)) {
			return b
		}
	case markerAPP14:
		if len(b) >= 12 && bytes.HasPrefix(b, []byte("Adobe")) {
			return b[:12]
		}
	case markerDQT, markerDRI, markerSOS, markerDHT:
		return b
	default:
		if isFrame(s.marker) {
			return b
		}
	}
	return nil
}
