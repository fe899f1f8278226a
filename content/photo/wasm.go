package photo

import (
	"fmt"
	"image"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname
)

// The decoders of HEIC and AVIF use a C library of the system in place of
// WebAssembly where they find one, which would let a hostile file at the memory
// of the whole node. Their build tag against it does not reach a "go install", so
// it is decided here.
var (
	//go:linkname systemHEIC github.com/gen2brain/heic.dynamic
	systemHEIC bool
	//go:linkname systemAVIF github.com/gen2brain/avif.dynamic
	systemAVIF bool
)

func init() { systemHEIC, systemAVIF = false, false }

// gaveUp is the error of a decoder in WebAssembly, without the stack it prints.
// Each decoding has an instance of its own, so one that gave up leaves nothing
// behind.
func gaveUp(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("its decoder gave up (%s)", line)
}

// listHead is how many bytes the allocator of a decoder's memory writes at the
// start of a piece that was freed: six words (Lea's malloc, tree bins).
const listHead = 24

// mend replaces the first pixels of a picture, which package heic (v0.4.5) frees
// before it returns them, by those below.
func mend(img image.Image) image.Image {
	var pix []uint8
	stride := 0
	switch m := img.(type) {
	case *image.YCbCr:
		pix, stride = m.Y, m.YStride
	case *image.Gray:
		pix, stride = m.Pix, m.Stride
	case *image.NRGBA:
		pix, stride = m.Pix, m.Stride
	case *image.RGBA:
		pix, stride = m.Pix, m.Stride
	}
	if len(pix) >= stride+listHead {
		copy(pix[:min(listHead, stride)], slices.Clone(pix[stride:][:listHead]))
	}
	return img
}
