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
		return p.decodeHEIC()
	default:
		return p.decodeAVIF()
	}
}

// narrowestHEIC is below what width a HEIC's pixels can't be had: libheif gives
// planes of at least 64 columns, and package heic (v0.4.5) reads them as if they
// were as wide as the picture, of which colour has half.
const narrowestHEIC = 98

// decodeHEIC joins a picture and its transparency, which its decoder leaves out:
// it is decoded as the main picture of a file of its own.
func (p *picture) decodeHEIC() (image.Image, error) {
	if p.width < narrowestHEIC {
		return nil, fmt.Errorf("a HEIC picture less than %d pixels wide can't be read; save it as a PNG", narrowestHEIC)
	}
	img, err := decodeHEIC(p.data)
	id, ok := p.heif.alphaOf(p.heif.primary)
	if err != nil || !ok {
		return img, err
	}
	b, err := p.heif.withPrimary(id).write(p.data)
	if err != nil {
		return nil, err
	}
	mask, err := decodeHEIC(b)
	if err != nil {
		return nil, err
	}
	return masked(img, mask)
}

func decodeHEIC(b []byte) (image.Image, error) {
	img, err := heic.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, gaveUp(err)
	}
	return mend(img), nil
}

// masked takes the luma of mask as the transparency of img.
func masked(img, mask image.Image) (image.Image, error) {
	m, ok := img.(*image.YCbCr)
	if !ok {
		return img, nil // has its own
	}
	out := &image.NYCbCrA{YCbCr: *m}
	switch a := mask.(type) {
	case *image.YCbCr:
		out.A, out.AStride = a.Y, a.YStride
	case *image.Gray:
		out.A, out.AStride = a.Pix, a.Stride
	default:
		return nil, errDamaged
	}
	if mask.Bounds() != img.Bounds() {
		return nil, errDamaged
	}
	return out, nil
}

// decodeAVIF makes sure that something was drawn: for a picture that is cut short
// or damaged the decoder returns memory as it found it.
func (p *picture) decodeAVIF() (image.Image, error) {
	img, err := avif.Decode(bytes.NewReader(p.data))
	if err != nil {
		return nil, gaveUp(err)
	}
	_, transparent := p.heif.alphaOf(p.heif.primary)
	drawn := true
	switch m := img.(type) {
	case *image.RGBA:
		drawn = m.Opaque() || transparent && sensible(m.Pix)
	case *image.RGBA64:
		drawn = m.Opaque() || transparent && len(bytes.TrimLeft(m.Pix, "\x00")) > 0
	}
	if !drawn {
		return nil, errDamaged
	}
	return img, nil
}

// sensible says whether premultiplied pixels can be a picture: no colour is
// stronger than its pixel, and some are to be seen.
func sensible(pix []uint8) bool {
	seen := false
	for ; len(pix) >= 4; pix = pix[4:] {
		if max(pix[0], pix[1], pix[2]) > pix[3] {
			return false
		}
		seen = seen || pix[3] > 0
	}
	return seen
}
