package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// keptPNG are the chunks that decide how a picture looks (PNG 3rd edition,
// section 11); all others are removed. An eXIf with nothing but the orientation
// is written anew.
const keptPNG = "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT"

// pngChunks calls visit for each chunk up to IEND, and returns what stands after
// it.
func pngChunks(b []byte, visit func(kind string, body []byte) error) (rest []byte, err error) {
	b = b[len(pngSignature):]
	for range maxSegments {
		if len(b) < 12 {
			return nil, errTruncated
		}
		n := binary.BigEndian.Uint32(b)
		if uint64(n)+12 > uint64(len(b)) {
			return nil, errTruncated
		}
		kind := string(b[4:8])
		if err := visit(kind, b[8:8+n]); err != nil {
			return nil, err
		}
		b = b[12+n:]
		if kind == "IEND" {
			return b, nil
		}
	}
	return nil, errDamaged
}

func (p *picture) parsePNG() error {
	known := false // a chunk of higher rank has said what the colours are
	rest, err := pngChunks(p.data, func(kind string, b []byte) error {
		switch kind {
		case "IHDR":
			if len(b) != 13 || p.width != 0 {
				return errDamaged
			}
			p.width, p.height = int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:]))
		case "cICP":
			if len(b) == 4 {
				p.colour, known = codedColour(int(b[0]), int(b[1])), true
			}
		case "iCCP", "sRGB", "gAMA":
			if !known {
				p.colour, known = pngColour(kind, b), kind != "gAMA"
			}
		case "eXIf":
			p.readExif(b)
			p.turn = p.exif.turn()
		default:
			p.readPNGText(kind, b)
		}
		return nil
	})
	if len(rest) > 0 {
		p.found.add(FoundTrailer)
	}
	if p.width > 1<<31-1 || p.height > 1<<31-1 {
		return errDamaged
	}
	return err
}

// readPNGText takes note of a chunk that will be removed.
func (p *picture) readPNGText(kind string, b []byte) {
	switch {
	case oneOf(keptPNG, kind):
	case kind == "tIME":
		p.found.add(FoundTime)
	case kind == "iTXt" && bytes.HasPrefix(b, []byte("XML:com.adobe.xmp\x00")):
		p.readText(textXMP, b)
	case kind == "iTXt", kind == "tEXt", kind == "zTXt":
		p.readText(textComment, b)
	default:
		p.found.add(FoundOther)
	}
}

// pngColour reads the older chunks about colour.
func pngColour(kind string, b []byte) colour {
	switch kind {
	case "gAMA":
		if len(b) == 4 {
			return gammaColour(100_000 / float64(max(1, binary.BigEndian.Uint32(b))))
		}
	case "iCCP":
		if _, body, ok := bytes.Cut(b, []byte{0}); ok && len(body) > 1 && body[0] == 0 {
			return profileColour(inflate(body[1:]))
		}
	}
	return sRGB()
}

// inflate returns at most maxProfile bytes, and nil if the data is damaged.
func inflate(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(z, maxProfile))
	if err != nil {
		return nil
	}
	return out
}

func (p *picture) stripPNG() ([]byte, error) {
	out := append(make([]byte, 0, len(p.data)), pngSignature...)
	_, err := pngChunks(p.data, func(kind string, b []byte) error {
		if !oneOf(keptPNG, kind) {
			return nil
		}
		out = appendChunk(out, kind, b)
		if exif := p.turn.exif(); kind == "IHDR" && exif != nil {
			out = appendChunk(out, "eXIf", exif)
		}
		return nil
	})
	return out, err
}

func appendChunk(out []byte, kind string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	start := len(out)
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}

// encodePNG is for the formats whose source is not kept as it came. A nil
// picture is an error.
func encodePNG(img image.Image) ([]byte, error) {
	if img == nil {
		return nil, errDamaged
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
