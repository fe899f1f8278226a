package photo

import (
	"image"
	"image/color"
)

// scanner gives a decoded picture's rows as red, green and blue, as they are
// coded: of 8 or 16 bits. Transparent pixels are laid on white.
type scanner struct {
	width, height int
	row8          func(y int, dst []uint8)  // nil if the picture is deeper
	row16         func(y int, dst []uint16) // nil if it is not
}

func newScanner(img image.Image, c coding) *scanner {
	b := img.Bounds()
	s := &scanner{width: b.Dx(), height: b.Dy()}
	switch m := img.(type) {
	case *image.YCbCr:
		s.row8 = ycbcrRows(m, c)
	case *image.NYCbCrA:
		s.row8 = alphaRows(m, ycbcrRows(&m.YCbCr, c))
	case *image.Gray:
		s.row8 = func(y int, dst []uint8) { grayRow(dst, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]) }
	case *image.RGBA:
		s.row8 = func(y int, dst []uint8) { rgbaRow(dst, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]) }
	case *image.NRGBA:
		s.row8 = func(y int, dst []uint8) { nrgbaRow(dst, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]) }
	case *image.Paletted:
		s.row8 = palettedRows(m)
	case *image.CMYK:
		s.row8 = func(y int, dst []uint8) { cmykRow(dst, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]) }
	case *image.RGBA64, *image.NRGBA64, *image.Gray16:
		s.row16 = deepRows(m.(image.RGBA64Image))
	}
	return s
}

func grayRow(dst, src []uint8) {
	for x := range len(dst) / 3 {
		v := src[x]
		d := dst[3*x : 3*x+3 : 3*x+3]
		d[0], d[1], d[2] = v, v, v
	}
}

// rgbaRow lays premultiplied pixels on white.
func rgbaRow(dst, src []uint8) {
	for x := range len(dst) / 3 {
		s, d := src[4*x:4*x+4:4*x+4], dst[3*x:3*x+3:3*x+3]
		white := 255 - s[3]
		d[0], d[1], d[2] = s[0]+min(white, 255-s[0]), s[1]+min(white, 255-s[1]), s[2]+min(white, 255-s[2])
	}
}

func nrgbaRow(dst, src []uint8) {
	for x := range len(dst) / 3 {
		s, d := src[4*x:4*x+4:4*x+4], dst[3*x:3*x+3:3*x+3]
		d[0], d[1], d[2] = onWhite(s[0], s[3]), onWhite(s[1], s[3]), onWhite(s[2], s[3])
	}
}

func onWhite(v, alpha uint8) uint8 {
	if alpha == 255 {
		return v
	}
	return uint8((uint32(v)*uint32(alpha) + 255*uint32(255-alpha) + 127) / 255)
}

func palettedRows(m *image.Paletted) func(int, []uint8) {
	var palette [256][3]uint8
	for i := range palette {
		palette[i] = [3]uint8{255, 255, 255}
	}
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		v := color.NRGBAModel.Convert(c).(color.NRGBA)
		palette[i] = [3]uint8{onWhite(v.R, v.A), onWhite(v.G, v.A), onWhite(v.B, v.A)}
	}
	return func(y int, dst []uint8) {
		src := m.Pix[y*m.Stride:]
		for x := range len(dst) / 3 {
			copy(dst[3*x:3*x+3], palette[src[x]][:])
		}
	}
}

// cmykRow takes inks as ideal filters. A press's profile would be nearer to
// paper, but no profile is read for it.
func cmykRow(dst, src []uint8) {
	for x := range len(dst) / 3 {
		s := src[4*x : 4*x+4 : 4*x+4]
		for i := range 3 {
			dst[3*x+i] = uint8((uint32(255-s[i])*uint32(255-s[3]) + 127) / 255)
		}
	}
}

func deepRows(m image.RGBA64Image) func(int, []uint16) {
	b := m.Bounds()
	return func(y int, dst []uint16) {
		for x := range len(dst) / 3 {
			c := m.RGBA64At(b.Min.X+x, b.Min.Y+y)
			white := 0xffff - c.A
			dst[3*x] = c.R + min(white, 0xffff-c.R)
			dst[3*x+1] = c.G + min(white, 0xffff-c.G)
			dst[3*x+2] = c.B + min(white, 0xffff-c.B)
		}
	}
}

func alphaRows(m *image.NYCbCrA, colour func(int, []uint8)) func(int, []uint8) {
	return func(y int, dst []uint8) {
		colour(y, dst)
		alpha := m.A[y*m.AStride:]
		for x := range len(dst) / 3 {
			if a := alpha[x]; a != 255 {
				for i := range 3 {
					dst[3*x+i] = onWhite(dst[3*x+i], a)
				}
			}
		}
	}
}
