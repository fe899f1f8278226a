package photo

import (
	"context"
	"math"
)

// kernel says, for each pixel of a shorter line, which pixels of the longer one
// it is made of and how much of each.
type kernel []taps

type taps struct {
	first   int
	weights []float32
}

// newKernel is the Catmull-Rom spline (Mitchell and Netravali 1988, B=0, C=½)
// stretched to take n pixels to size; length is n as a fraction, if the last
// pixel is not a whole one.
func newKernel(n int, length float64, size int) kernel {
	scale := length / float64(size)
	radius := 2 * max(scale, 1)
	k := make(kernel, size)
	for i := range k {
		centre := (float64(i)+0.5)*scale - 0.5
		first := max(0, int(math.Ceil(centre-radius)))
		last := min(n-1, int(math.Floor(centre+radius)))
		w := make([]float32, 0, last-first+1)
		sum := 0.0
		for j := first; j <= last; j++ {
			v := catmullRom((float64(j) - centre) / max(scale, 1))
			w, sum = append(w, float32(v)), sum+v
		}
		for j := range w {
			w[j] /= float32(sum)
		}
		k[i] = taps{first, w}
	}
	return k
}

func catmullRom(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// across resamples one row of pixels.
func (k kernel) across(dst, src []float32) {
	for i, t := range k {
		var a, b, c float32
		s := src[3*t.first : 3*(t.first+len(t.weights))]
		for _, w := range t.weights {
			a, b, c = a+w*s[0], b+w*s[1], c+w*s[2]
			s = s[3:]
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = a, b, c
	}
}

// down resamples the rows of p, and bounds the light to 0…1.
func (k kernel) down(p *plane) *plane {
	out := newPlane(p.width, len(k))
	for y, t := range k {
		row := out.pix[3*p.width*y:][:3*p.width]
		for j, w := range t.weights {
			src := p.pix[3*p.width*(t.first+j):][:len(row)]
			for x, v := range src {
				row[x] += w * v
			}
		}
		for x, v := range row {
			row[x] = min(max(v, 0), 1)
		}
	}
	return out
}

// shrink reads a picture and resamples it to w × h pixels of linear sRGB: first
// by averaging whole pixels as long as at least half as many again are left,
// which costs little, and then by the spline, which keeps edges sharp.
func shrink(ctx context.Context, src *scanner, c colour, w, h int) (*plane, error) {
	factor := max(1, min(2*src.width/(3*w), 2*src.height/(3*h)))
	r := newReducer(src, c, factor)
	f := float64(factor)
	across := newKernel(ceil(src.width, factor), float64(src.width)/f, w)
	down := newKernel(ceil(src.height, factor), float64(src.height)/f, h)
	narrow := newPlane(w, ceil(src.height, factor))
	err := r.rows(ctx, func(y int, row []float32) { across.across(narrow.pix[3*w*y:][:3*w], row) })
	if err != nil {
		return nil, err
	}
	return down.down(narrow), nil
}

// to resamples a picture to w × h pixels, if that is less than it has.
func (p *plane) to(w, h int) *plane {
	if w >= p.width && h >= p.height || w > p.width || h > p.height {
		return p
	}
	across := newKernel(p.width, float64(p.width), w)
	narrow := newPlane(w, p.height)
	for y := range p.height {
		across.across(narrow.pix[3*w*y:][:3*w], p.pix[3*p.width*y:][:3*p.width])
	}
	return newKernel(p.height, float64(p.height), h).down(narrow)
}
