package photo

import (
	"encoding/binary"
)

// Flags of the VP8X chunk (RFC 9649, section 2.7.1).
const (
	webpXMP   = 0x04
	webpExif  = 0x08
	webpAlpha = 0x10
)

// riffChunks calls visit for each chunk of b.
func riffChunks(b []byte, visit func(kind string, body []byte) error) error {
	for range maxSegments {
		if len(b) == 0 {
			return nil
		}
		if len(b) < 8 {
			return errTruncated
		}
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if n > uint64(len(b)-8) {
			return errTruncated
		}
		if err := visit(string(b[:4]), b[8:8+n]); err != nil {
			return err
		}
		b = b[min(uint64(len(b)), 8+n+n%2):]
	}
	return errDamaged
}

// webpBody returns the chunks of a file and what stands after them (RFC 9649,
// section 2.3).
func webpBody(b []byte) (body, rest []byte, err error) {
	n := uint64(binary.LittleEndian.Uint32(b[4:]))
	if n < 4 || n > uint64(len(b)-8) {
		return nil, nil, errTruncated
	}
	return b[12 : 8+n], b[8+n:], nil
}

func (p *picture) parseWebP() error {
	body, rest, err := webpBody(p.data)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		p.found.add(FoundTrailer)
	}
	err = riffChunks(body, func(kind string, b []byte) error {
		switch kind {
		case "VP8X":
			if len(b) < 10 {
				return errDamaged
			}
			p.width, p.height = uint24(b[4:])+1, uint24(b[7:])+1
		case "VP8 ", "VP8L":
			return p.readWebPSize(kind, b)
		case "ICCP":
			p.colour = profileColour(b[:min(len(b), maxProfile)])
		case "EXIF":
			p.readExif(trimExif(b))
			p.turn = p.exif.turn()
		case "XMP ":
			p.readText(textXMP, b)
		case "ANMF":
			if p.frame == nil {
				return p.readFirstFrame(b)
			}
		case "ALPH", "ANIM":
		default:
			p.found.add(FoundOther)
		}
		return nil
	})
	if err == nil && p.frame == nil {
		p.frame, err = stillFile(body)
	}
	return err
}

// readFirstFrame takes an animation's first frame (RFC 9649, section 2.7.1.1) as
// the picture.
func (p *picture) readFirstFrame(b []byte) (err error) {
	if len(b) < 16 {
		return errTruncated
	}
	w, h := uint24(b[6:])+1, uint24(b[9:])+1
	if w > p.width || h > p.height {
		return errDamaged
	}
	p.width, p.height = w, h
	p.frame, err = stillFile(b[16:])
	return err
}

// trimExif removes the prefix that JPEG needs and some writers leave in WebP.
func trimExif(b []byte) []byte {
	if len(b) > len(prefixExif) && string(b[:len(prefixExif)]) == prefixExif {
		return b[len(prefixExif):]
	}
	return b
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// readWebPSize reads the size of a bitstream (RFC 6386, 9.1; RFC 9649, 3.4),
// which is that of the picture unless VP8X has said it.
func (p *picture) readWebPSize(kind string, b []byte) error {
	w, h, err := webpSize(kind, b)
	if p.width == 0 {
		p.width, p.height = w, h
	}
	if err == nil && (w > p.width || h > p.height) {
		return errDamaged // memory was allowed for less
	}
	return err
}

func webpSize(kind string, b []byte) (w, h int, err error) {
	if len(b) < 10 {
		return 0, 0, errTruncated
	}
	if kind == "VP8L" {
		bits := binary.LittleEndian.Uint32(b[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, nil
	}
	return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), nil
}

// stillFile makes a file of one picture's chunks, so that a decoder meets nothing
// else. The header with the alpha flag is there only if there is an alpha plane.
func stillFile(chunks []byte) ([]byte, error) {
	var alpha, out []byte
	err := riffChunks(chunks, func(kind string, b []byte) error {
		switch kind {
		case "ALPH":
			alpha = b
		case "VP8 ", "VP8L":
			w, h, err := webpSize(kind, b)
			if err != nil || out != nil {
				return errDamaged
			}
			if alpha != nil && kind == "VP8 " {
				out = appendRIFF(appendRIFF(out, "VP8X", extended(w, h)), "ALPH", alpha)
			}
			out = appendRIFF(out, kind, b)
		}
		return nil
	})
	if err == nil && out == nil {
		err = errTruncated
	}
	return webpFile(out), err
}

// extended is a VP8X chunk of a still picture with alpha.
func extended(w, h int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, webpAlpha)
	w, h = w-1, h-1
	return append(b, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
}

func webpImage(kind string) bool { return kind == "ALPH" || kind == "VP8 " || kind == "VP8L" }

func appendRIFF(out []byte, kind string, body []byte) []byte {
	out = append(out, kind...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	out = append(out, body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func webpFile(body []byte) []byte {
	out := append(make([]byte, 0, len(body)+12), "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)+4))
	return append(append(out, "WEBP"...), body...)
}

func (p *picture) stripWebP() ([]byte, error) {
	body, _, err := webpBody(p.data)
	if err != nil {
		return nil, err
	}
	exif := p.turn.exif()
	out := make([]byte, 0, len(body))
	err = riffChunks(body, func(kind string, b []byte) error {
		switch {
		case kind == "VP8X":
			kept := append([]byte{b[0] &^ (webpXMP | webpExif), 0, 0, 0}, b[4:10]...)
			if exif != nil {
				kept[0] |= webpExif
			}
			out = appendRIFF(out, kind, kept)
		case kind == "ANMF":
			frame, err := stripFrame(b)
			out = appendRIFF(out, kind, frame)
			return err
		case kind == "ICCP", kind == "ANIM", webpImage(kind):
			out = appendRIFF(out, kind, b)
		}
		return nil
	})
	if exif != nil {
		out = appendRIFF(out, "EXIF", exif)
	}
	return webpFile(out), err
}

// stripFrame removes what is not picture from an animation's frame.
func stripFrame(b []byte) ([]byte, error) {
	if len(b) < 16 {
		return nil, errTruncated
	}
	out := append(make([]byte, 0, len(b)), b[:16]...)
	err := riffChunks(b[16:], func(kind string, c []byte) error {
		if webpImage(kind) {
			out = appendRIFF(out, kind, c)
		}
		return nil
	})
	return out, err
}
