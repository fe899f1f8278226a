package photo

import (
	"context"
)

// plane is a picture of linear light, three numbers a pixel, 0 to 1, row by row.
type plane struct {
	width, height int
	pix           []float32
}

func newPlane(w, h int) *plane { return &plane{w, h, make([]float32, 3*w*h)} }

// reducer reads a picture into linear light while it averages boxes of factor ×
// factor pixels, so that the whole picture never stands in memory as light. Light
// and not code values are averaged: otherwise fine bright detail, such as leaves
// against the sky, would come out too dark.
type reducer struct {
	src    *scanner
	colour colour
	factor int

	lut    [3][]uint16 // light of each code value, 0 to 65535
	codes8 []uint8
	codes  []uint16
	sums   []uint32
	tone   *[9]float32
}

func newReducer(src *scanner, c colour, factor int) *reducer {
	r := &reducer{src: src, colour: c, factor: factor}
	levels := 1 << 8
	if src.row16 != nil {
		levels = 1 << 16
		r.codes = make([]uint16, 3*src.width)
	} else {
		r.codes8 = make([]uint8, 3*src.width)
	}
	for i := range r.lut {
		r.lut[i] = c.curves[i].table(levels)
	}
	r.sums = make([]uint32, 3*ceil(src.width, factor))
	if c.matrix != nil {
		r.tone = new([9]float32)
		for i, v := range c.matrix {
			r.tone[i] = float32(v)
		}
	}
	return r
}

func ceil(a, b int) int { return (a + b - 1) / b }

func (c curve) table(levels int) []uint16 {
	t := make([]uint16, levels)
	for i := range t {
		t[i] = uint16(min(max(c(float64(i)/float64(levels-1)), 0), 1)*65535 + 0.5)
	}
	return t
}

// rows calls visit with each reduced row, which it may keep until it returns.
func (r *reducer) rows(ctx context.Context, visit func(y int, row []float32)) error {
	row := make([]float32, len(r.sums))
	for y := range ceil(r.src.height, r.factor) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.sum(y)
		r.average(y, row)
		visit(y, row)
	}
	return nil
}

// sum adds up the light of the rows that make up reduced row y.
func (r *reducer) sum(y int) {
	clear(r.sums)
	for sy := y * r.factor; sy < min((y+1)*r.factor, r.src.height); sy++ {
		if r.src.row16 != nil {
			r.src.row16(sy, r.codes)
			addLight(r.sums, r.codes, &r.lut, r.factor)
		} else {
			r.src.row8(sy, r.codes8)
			addLight(r.sums, r.codes8, &r.lut, r.factor)
		}
	}
}

func addLight[T uint8 | uint16](sums []uint32, codes []T, lut *[3][]uint16, factor int) {
	red, green, blue := lut[0], lut[1], lut[2]
	for ; len(sums) >= 3 && len(codes) >= 3; sums = sums[3:] {
		var a, b, c uint32
		n := min(3*factor, len(codes))
		for i := 0; i+2 < n; i += 3 {
			a += uint32(red[codes[i]])
			b += uint32(green[codes[i+1]])
			c += uint32(blue[codes[i+2]])
		}
		sums[0], sums[1], sums[2] = sums[0]+a, sums[1]+b, sums[2]+c
		codes = codes[n:]
	}
}

// average turns sums into light in sRGB's primaries. The last box of a row, and
// those of the last row, may have fewer pixels.
func (r *reducer) average(y int, row []float32) {
	high := min(r.factor, r.src.height-y*r.factor)
	for x := 0; x < len(row); x += 3 {
		wide := min(r.factor, r.src.width-x/3*r.factor)
		scale := 1 / (65535 * float32(wide*high))
		for i := range 3 {
			row[x+i] = float32(r.sums[x+i]) * scale
		}
		if r.tone != nil {
			mix(r.tone, row[x:x+3])
		}
	}
}

func mix(m *[9]float32, v []float32) {
	a, b, c := v[0], v[1], v[2]
	for i := range 3 {
		v[i] = min(max(m[3*i]*a+m[3*i+1]*b+m[3*i+2]*c, 0), 1)
	}
}
