package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"
	"golang.org/x/image/webp"
)

// decode returns the pixels as stored. It is the one place where decoders meet
// bytes from outside: whatever they do wrong, panics included, is an error. The
// C decoders of HEIC and AVIF run inside WebAssembly, whose memory is their own.
func (p *picture) decode() (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("%w: its decoder gave up (%v)", errDamaged, r)
		}
	}()
	img, err = p.decodeFormat()
	if err != nil {
		return nil, fmt.Errorf("the picture is damaged or cut short: %w", err)
	}
	b := img.Bounds()
	w, h := p.width, p.height
	if b.Dx() != w || b.Dy() != h {
		return nil, fmt.Errorf("%w: it says it has %d × %d pixels and has %d × %d", errDamaged, w, h, b.Dx(), b.Dy())
	}
	return img, nil
}

func (p *picture) decodeFormat() (image.Image, error) {
	r := bytes.NewReader(p.data)
	switch p.format {
	case formatJPEG:
		return jpeg.Decode(r)
	case formatPNG:
		return png.Decode(r)
	case formatGIF:
		return decodeGIF(p.data)
	case formatWebP:
		return webp.Decode(bytes.NewReader(p.frame))
	case formatHEIC:
		return heic.Decode(r)
	default:
		return decodeAVIF(r)
	}
}

// decodeAVIF refuses a picture in which nothing was drawn, which is what the
// decoder returns for one that is cut short.
func decodeAVIF(r *bytes.Reader) (image.Image, error) {
	img, err := avif.Decode(r)
	if err != nil {
		return nil, err
	}
	var pix []byte
	switch m := img.(type) {
	case *image.RGBA:
		pix = m.Pix
	case *image.RGBA64:
		pix = m.Pix
	}
	if len(bytes.TrimLeft(pix, "\x00")) == 0 {
		return nil, errTruncated
	}
	return img, nil
}
