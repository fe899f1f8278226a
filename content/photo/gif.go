package photo

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"
)

// parseGIF reads the logical screen (GIF89a, section 18). A GIF is always
// encoded again, so there is no need to know what else is in it, but its author
// is told that it was there.
func (p *picture) parseGIF() error {
	c, err := gif.DecodeConfig(bytes.NewReader(p.data))
	if err != nil {
		return errDamaged
	}
	p.width, p.height = c.Width, c.Height
	if bytes.Contains(p.data[:min(len(p.data), maxText)], []byte("XMP DataXMP")) {
		p.found.add(FoundOther)
	}
	return nil
}

// decodeGIF returns the first frame on the screen it is drawn on.
func decodeGIF(b []byte) (image.Image, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	frame, err := gif.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	screen := image.Rect(0, 0, c.Width, c.Height)
	if frame.Bounds() == screen {
		return frame, nil
	}
	out := image.NewNRGBA(screen)
	draw.Draw(out, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return out, nil
}
