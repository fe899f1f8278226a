package photo

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"sync"

	"github.com/gen2brain/jpegli"
)

// Qualities tried in turn until a rendition fits its block.
var qualities = [...]int{86, 78, 68, 55, 40}

// encoder writes the renditions of one picture.
type encoder struct {
	decided bool
	fine    bool // colour is coded at full resolution
}

var errTooFine = errors.New("the rendition does not fit its block")

// encode returns m as a JPEG of at most MaxBytes, or errTooFine.
func (e *encoder) encode(m *image.RGBA) (File, error) {
	if !e.decided {
		e.decided, e.fine = true, fineColour(m)
	}
	for _, q := range qualities {
		b, err := e.jpeg(m, q)
		if err != nil {
			return File{}, err
		}
		if len(b) <= MaxBytes {
			return File{mediaTypeOfRenditions, m.Rect.Dx(), m.Rect.Dy(), b}, nil
		}
	}
	return File{}, errTooFine
}

func (e *encoder) jpeg(m *image.RGBA, quality int) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if e.fine {
		err = jpegli.Encode(&b, m, &jpegli.EncodingOptions{
			Quality: quality, ChromaSubsampling: image.YCbCrSubsampleRatio444,
			OptimizeCoding: true, AdaptiveQuantization: true,
		})
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	}
	return b.Bytes(), err
}

// fit encodes a picture, or a smaller one of it if no quality makes it fit: one
// like noise. It returns the light that was encoded.
func (e *encoder) fit(light *plane, t turn) (File, *plane, error) {
	for {
		f, err := e.encode(t.apply(light.image()))
		if !errors.Is(err, errTooFine) {
			return f, light, err
		}
		light = light.to(max(1, light.width*3/4), max(1, light.height*3/4))
	}
}

// fineColour says whether a picture would visibly lose by colour at half the
// resolution (4:2:0): it looks how far pixels are from the mean of their block of
// 2 × 2. Photographs are hardly ever; red letters and drawings are.
func fineColour(m *image.RGBA) bool {
	const far, share = 24, 200 // chroma levels; one block in so many
	w, h := m.Rect.Dx()/2, m.Rect.Dy()/2
	hard := 0
	for y := range h {
		top, below := m.Pix[2*y*m.Stride:], m.Pix[(2*y+1)*m.Stride:]
		for x := range w {
			at := 8 * x
			if spread(top[at:], top[at+4:], below[at:], below[at+4:]) > far {
				hard++
			}
		}
	}
	return hard*share > w*h
}

// spread is the greatest distance of a pixel's chroma from the mean of four.
func spread(pixels ...[]uint8) int {
	var cb, cr [4]int
	var sumB, sumR int
	for i, p := range pixels {
		r, g, b := int(p[0]), int(p[1]), int(p[2])
		cb[i], cr[i] = (-11*r-21*g+32*b)/64, (32*r-27*g-5*b)/64
		sumB, sumR = sumB+cb[i], sumR+cr[i]
	}
	most := 0
	for i := range pixels {
		most = max(most, abs(4*cb[i]-sumB), abs(4*cr[i]-sumR))
	}
	return most / 4
}

func abs(v int) int { return max(v, -v) }

// codeTable gives the sRGB code of light in 1/65535.
var codeTable = sync.OnceValue(func() *[1 << 16]uint8 {
	t := new([1 << 16]uint8)
	for i := range t {
		t[i] = uint8(sRGBCode(float64(i)/65535)*255 + 0.5)
	}
	return t
})
