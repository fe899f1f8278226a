package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color/palette"

	"golang.org/x/image/draw"
)

// sixelBand is how many rows of pixels one line of sixels has.
const sixelBand = 6

// writeSixel dithers to the 216 colours of a 6x6x6 cube and writes sixels as
// the VT340's manual has them (EK-VT3XX-TP, chapter 14): raster attributes, the
// palette in percent, then for each band each colour that occurs in it.
func writeSixel(b *bytes.Buffer, img image.Image, cells image.Point) error {
	pal := palette.WebSafe
	paletted := image.NewPaletted(image.Rect(0, 0, cells.X*cellWidth, cells.Y*cellHeight), pal)
	draw.FloydSteinberg.Draw(paletted, paletted.Bounds(), scale(img, paletted.Rect.Dx(), paletted.Rect.Dy()), image.Point{})
	fmt.Fprintf(b, "\x1bPq\"1;1;%d;%d", paletted.Rect.Dx(), paletted.Rect.Dy())
	for i, c := range pal {
		r, g, bl, _ := c.RGBA()
		fmt.Fprintf(b, "#%d;2;%d;%d;%d", i, percent(r), percent(g), percent(bl))
	}
	for y := 0; y < paletted.Rect.Dy(); y += sixelBand {
		writeBand(b, paletted, y)
	}
	b.WriteString("\x1b\\\n")
	return nil
}

func percent(v uint32) uint32 { return (v*100 + 0x7fff) / 0xffff }

// writeBand writes the band at y: one pass a colour ("$" goes back to its
// beginning) and "-" for the next band.
func writeBand(b *bytes.Buffer, img *image.Paletted, y int) {
	width := img.Rect.Dx()
	bits := map[uint8][]byte{}
	for dy := 0; dy < sixelBand && y+dy < img.Rect.Dy(); dy++ {
		for x := range width {
			c := img.ColorIndexAt(x, y+dy)
			if bits[c] == nil {
				bits[c] = make([]byte, width)
			}
			bits[c][x] |= 1 << dy
		}
	}
	for c := range len(img.Palette) {
		if row := bits[uint8(c)]; row != nil {
			fmt.Fprintf(b, "#%d", c)
			writeRuns(b, row)
			b.WriteByte('$')
		}
	}
	b.WriteByte('-')
}

// writeRuns writes sixels, four or more alike as a repeat ("!").
func writeRuns(b *bytes.Buffer, row []byte) {
	for i := 0; i < len(row); {
		n := 1
		for i+n < len(row) && row[i+n] == row[i] {
			n++
		}
		if n > 3 {
			fmt.Fprintf(b, "!%d%c", n, row[i]+'?')
		} else {
			b.Write(bytes.Repeat([]byte{row[i] + '?'}, n))
		}
		i += n
	}
}
