package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
)

// writeBlocks draws two pixels a character: the upper half block (U+2580) in the
// upper pixel's colour upon the lower one's.
func writeBlocks(b *bytes.Buffer, img image.Image, cells image.Point, code func(color.RGBA) string) error {
	small := scale(img, cells.X, 2*cells.Y)
	for y := range cells.Y {
		for x := range cells.X {
			top, bottom := small.RGBAAt(x, 2*y), small.RGBAAt(x, 2*y+1)
			fmt.Fprintf(b, "\x1b[38;%s;48;%sm▀", code(top), code(bottom))
		}
		b.WriteString("\x1b[0m\n")
	}
	return nil
}

// trueColour is a colour's parameters of SGR 38 and 48 after ISO 8613-6.
func trueColour(c color.RGBA) string { return fmt.Sprintf("2;%d;%d;%d", c.R, c.G, c.B) }

// xtermColour is the nearest of xterm's 6x6x6 colours and 24 greys.
func xtermColour(c color.RGBA) string {
	r, g, b := cubeStep(c.R), cubeStep(c.G), cubeStep(c.B)
	cube := color.RGBA{cubeLevels[r], cubeLevels[g], cubeLevels[b], 255}
	step := min(23, max(0, (int(c.R)+int(c.G)+int(c.B))/3-3)/10)
	level := uint8(8 + 10*step)
	if distance(c, color.RGBA{level, level, level, 255}) < distance(c, cube) {
		return fmt.Sprintf("5;%d", 232+step)
	}
	return fmt.Sprintf("5;%d", 16+36*r+6*g+b)
}

// cubeLevels are the values of xterm's colour cube.
var cubeLevels = [6]uint8{0, 95, 135, 175, 215, 255}

func cubeStep(v uint8) int {
	switch {
	case v < 48:
		return 0
	case v < 115:
		return 1
	default:
		return (int(v) - 35) / 40
	}
}

func distance(a, b color.RGBA) int {
	r, g, bl := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r + g*g + bl*bl
}
