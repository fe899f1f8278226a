package photo

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"

	"github.com/bbrks/go-blurhash"

	"rossgram.app/content/record"
)

// rendered is what is shown of a picture.
type rendered struct {
	files    []File
	blurhash string
}

// render makes the renditions, each from the next larger one: the picture itself
// is read once.
func (p *picture) render(ctx context.Context, img image.Image) (*rendered, error) {
	src := newScanner(img, p.colour.coding)
	if src.row8 == nil && src.row16 == nil {
		return nil, errors.New("the picture's pixels have an unknown form")
	}
	sizes := renditionSizes(p.turn.size(src.width, src.height))
	w, h := p.turn.size(sizes[len(sizes)-1].X, sizes[len(sizes)-1].Y)
	light, err := shrink(ctx, src, p.colour, w, h)
	if err != nil {
		return nil, err
	}
	out := &rendered{}
	enc := encoder{}
	for _, s := range slices.Backward(sizes) {
		light = light.to(p.turn.size(s.X, s.Y))
		var f File
		if f, light, err = enc.fit(light, p.turn); err != nil {
			return nil, err
		}
		if n := len(out.files); n == 0 || f.Width < out.files[n-1].Width {
			out.files = append(out.files, f)
		}
	}
	slices.Reverse(out.files)
	out.blurhash, err = blur(p.turn.apply(light.to(thumbnail(light.width, light.height)).image()))
	return out, err
}

// renditionSizes are the upright sizes of the renditions of a picture of w × h
// pixels, ascending. None is wider than the picture; one has its width if that is
// less than the largest. A very tall picture's are narrower, so that they stay
// below maxRenditionPixels.
func renditionSizes(w, h int) []image.Point {
	var out []image.Point
	for _, width := range widths {
		width = min(width, w)
		if most := math.Sqrt(maxRenditionPixels * float64(w) / float64(h)); float64(width) > most {
			width = max(1, int(most))
		}
		size := image.Pt(width, max(1, int(math.Round(float64(h)*float64(width)/float64(w)))))
		if len(out) == 0 || out[len(out)-1] != size {
			out = append(out, size)
		}
	}
	return out
}

// image is the light as sRGB.
func (p *plane) image() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	codes := codeTable()
	for i := range p.width * p.height {
		s, d := p.pix[3*i:3*i+3:3*i+3], m.Pix[4*i:4*i+4:4*i+4]
		d[0], d[1], d[2], d[3] = codes[uint16(s[0]*65535+0.5)], codes[uint16(s[1]*65535+0.5)], codes[uint16(s[2]*65535+0.5)], 255
	}
	return m
}

// thumbnail is the size that is enough for a blurhash.
func thumbnail(w, h int) (int, int) {
	const side = 32
	if max(w, h) <= side {
		return w, h
	}
	f := side / float64(max(w, h))
	return max(1, int(float64(w)*f)), max(1, int(float64(h)*f))
}

// blur returns the blurhash, with four components along the longer side.
func blur(m image.Image) (string, error) {
	x, y := 4, 3
	if m.Bounds().Dy() > m.Bounds().Dx() {
		x, y = y, x
	}
	return blurhash.Encode(x, y, m)
}

// mediaTypeOfRenditions is JPEG: every program shows it.
const mediaTypeOfRenditions = record.JPEG
