package picture

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
)

// kittyChunk is the most base64 of one escape sequence.
const kittyChunk = 4096

// writeKitty transmits and shows a PNG (a=T, f=100) over so many cells; q=2
// keeps the terminal from answering into the user's next line.
func writeKitty(b *bytes.Buffer, img image.Image, cells image.Point) error {
	var file bytes.Buffer
	if err := png.Encode(&file, scale(img, cells.X*cellWidth, cells.Y*cellHeight)); err != nil {
		return err
	}
	data := base64.StdEncoding.EncodeToString(file.Bytes())
	keys := fmt.Sprintf("a=T,f=100,q=2,c=%d,r=%d,", cells.X, cells.Y)
	for len(data) > 0 {
		n, more := min(kittyChunk, len(data)), 1
		if n == len(data) {
			more = 0
		}
		fmt.Fprintf(b, "\x1b_G%sm=%d;%s\x1b\\", keys, more, data[:n])
		keys, data = "", data[n:]
	}
	b.WriteByte('\n')
	return nil
}

// writeITerm hands the file over as it is: iTerm2 decodes JPEGs.
func writeITerm(b *bytes.Buffer, file []byte, cells image.Point) {
	fmt.Fprintf(b, "\x1b]1337;File=inline=1;size=%d;width=%d;height=%d;preserveAspectRatio=1:%s\a\n",
		len(file), cells.X, cells.Y, base64.StdEncoding.EncodeToString(file))
}
