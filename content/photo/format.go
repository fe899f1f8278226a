package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	"rossgram.app/content/record"
)

// format is a file format that can be read.
type format int

const (
	formatJPEG format = iota + 1
	formatPNG
	formatWebP
	formatGIF
	formatHEIC
	formatAVIF
)

// mediaType is what a stripped source of the format is. A GIF becomes a PNG.
func (f format) mediaType() record.MediaType {
	switch f {
	case formatJPEG:
		return record.JPEG
	case formatWebP:
		return record.WebP
	case formatHEIC:
		return record.HEIC
	case formatAVIF:
		return record.AVIF
	default:
		return record.PNG
	}
}

var errFormat = errors.New("not a picture rossgram can read (JPEG, PNG, WebP, HEIC, AVIF or GIF)")

// sniffLen is how many bytes tell a format: a HEIF file's brands may need more
// than the first dozen.
const sniffLen = 512

// sniff tells a format by its first bytes.
func sniff(b []byte) (format, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return formatJPEG, nil
	case bytes.HasPrefix(b, []byte(pngSignature)):
		return formatPNG, nil
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return formatGIF, nil
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return formatWebP, nil
	}
	if f, ok := sniffBrands(b); ok {
		return f, nil
	}
	return 0, errFormat
}

// picturePixels is a decoded picture as it lies in the file: not yet turned.
type picturePixels = image.Image

// picture is a file whose structure has been read, but none of its pixels.
type picture struct {
	format        format
	data          []byte
	width, height int // pixels as stored
	turn          turn
	colour        colour
	exif          exif
	found         findings
	heif          *heif  // of HEIC and AVIF
	frame         []byte // of WebP: the first frame as a file of its own
}

// textKind is a sort of metadata other than Exif.
type textKind int

const (
	textXMP textKind = iota + 1
	textPhotoshop
	textComment
)

// parse reads a file's structure.
func parse(data []byte) (*picture, error) {
	f, err := sniff(data)
	if err != nil {
		return nil, err
	}
	p := &picture{format: f, data: data, colour: sRGB()}
	switch f {
	case formatJPEG:
		err = p.parseJPEG()
	case formatPNG:
		err = p.parsePNG()
	case formatWebP:
		err = p.parseWebP()
	case formatGIF:
		err = p.parseGIF()
	default:
		err = p.parseHEIF()
	}
	if err != nil {
		return nil, err
	}
	if p.width < 1 || p.height < 1 {
		return nil, errors.New("the picture has no pixels")
	}
	return p, nil
}

// strip puts the file together anew from the parts a decoder needs.
func (p *picture) strip(img picturePixels) ([]byte, record.MediaType, error) {
	var out []byte
	var err error
	switch p.format {
	case formatJPEG:
		out, err = p.stripJPEG()
	case formatPNG:
		out, err = p.stripPNG()
	case formatWebP:
		out, err = p.stripWebP()
	case formatGIF:
		out, err = encodePNG(img)
	default:
		out, err = p.heif.write(p.data)
	}
	return out, p.format.mediaType(), err
}

// audit reads a stripped file as if it came from outside, and is an error if
// that finds anything that was to be removed.
func audit(b []byte) error {
	p, err := parse(b)
	if err != nil {
		return err
	}
	if found := p.findings(); len(found) > 0 || p.exif.entries > 1 {
		return fmt.Errorf("still there: %v", found)
	}
	again, _, err := p.strip(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errors.New("it holds parts that no picture needs")
	}
	return nil
}
