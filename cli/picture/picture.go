// Package picture shows photos inside a terminal: by the graphics protocol of
// kitty, of iTerm2 or by sixels where the terminal has one of them, else by
// coloured half blocks, which any terminal with 256 colours can show.
//
// It guarantees that what it writes begins and ends in the terminal's plain
// state and on a line of its own, and that a picture from outside is refused
// before it is decoded if it is larger than 16 MP. Whether a terminal is there
// at all is for the caller to know.
package picture

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // renditions are JPEGs
	"io"

	"golang.org/x/image/draw"
)

// Protocol is a way to show a picture.
type Protocol string

// The protocols. None shows nothing.
const (
	None      Protocol = ""
	Kitty     Protocol = "kitty"      // sw.kovidgoyal.net/kitty/graphics-protocol
	ITerm     Protocol = "iterm"      // iterm2.com/documentation-images.html
	Sixel     Protocol = "sixel"      // DEC VT340; six pixels a character
	Blocks    Protocol = "blocks"     // half blocks in 24-bit colour (ISO 8613-6)
	Blocks256 Protocol = "blocks-256" // half blocks in xterm's 256 colours
)

// maxPixels is the largest picture that is decoded.
const maxPixels = 16_000_000

// A character cell is taken as so many pixels: most are near it, and protocols
// that are told the number of columns scale by themselves.
const (
	cellWidth  = 8
	cellHeight = 16
)

// Show writes a picture, given as a JPEG file, so that it takes at most cols
// columns and rows rows. [None] writes nothing.
func Show(w io.Writer, p Protocol, file []byte, cols, rows int) error {
	if p == None || cols < 1 || rows < 1 {
		return nil
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return err
	}
	if size.Width < 1 || size.Height < 1 || size.Width*size.Height > maxPixels {
		return errors.New("the picture is too large to show here")
	}
	cells := fit(size.Width, size.Height, cols, rows)
	var out bytes.Buffer
	switch p {
	case ITerm:
		writeITerm(&out, file, cells)
	default:
		img, _, err := image.Decode(bytes.NewReader(file))
		if err != nil {
			return err
		}
		if err := drawers[p](&out, img, cells); err != nil {
			return err
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}

// drawers are the protocols that want pixels.
var drawers = map[Protocol]func(*bytes.Buffer, image.Image, image.Point) error{
	Kitty:  writeKitty,
	Sixel:  writeSixel,
	Blocks: func(b *bytes.Buffer, img image.Image, c image.Point) error { return writeBlocks(b, img, c, trueColour) },
	Blocks256: func(b *bytes.Buffer, img image.Image, c image.Point) error {
		return writeBlocks(b, img, c, xtermColour)
	},
}

// fit returns how many columns and rows a picture takes within a room when its
// proportions are kept.
func fit(width, height, cols, rows int) image.Point {
	w, h := cols*cellWidth, cols*cellWidth*height/width
	if h > rows*cellHeight {
		w, h = rows*cellHeight*width/height, rows*cellHeight
	}
	return image.Pt(max(1, w/cellWidth), max(1, (h+cellHeight/2)/cellHeight))
}

// scale returns the picture in exactly so many pixels.
func scale(img image.Image, width, height int) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}
