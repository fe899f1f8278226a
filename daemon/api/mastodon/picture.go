package mastodon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// Pictures of accounts that have none are cells of two colours, the left half
// mirrored to the right, drawn from a hash of the account's number: always the
// same for one account, and rarely for two.
const (
	cellPixels  = 20
	avatarCells = 6 // a side
	headerCells = 18
)

// picture draws the picture of an account that has none. It says nothing but
// the number in its address, so anybody may see it.
func (a *API) picture(_ context.Context, c *rest.Call) (any, error) {
	name, isPNG := strings.CutSuffix(c.Path("file"), ".png")
	num, err := index.ParseAccountNum(name)
	across, ok := map[role]int{avatar: avatarCells, header: headerCells}[role(c.Path("role"))]
	if err != nil || !isPNG || !ok {
		return nil, content.Errorf("mastodon.picture", content.NotFound, "there is no such picture")
	}
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(num, across, avatarCells)); err != nil {
		return nil, err
	}
	return writePicture(c, "image/png", "public, max-age=31536000, immutable", b.Bytes()), nil
}

func writePicture(c *rest.Call, kind, caching string, b []byte) any {
	h := c.Writer.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", caching)
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(b) // a caller that has gone is no error
	return rest.Written
}

func drawn(num index.AccountNum, across, down int) image.Image {
	sum := sha256.Sum256([]byte("rossgram picture " + num.String()))
	dark := color.RGBA{40 + sum[0]/2, 40 + sum[1]/2, 40 + sum[2]/2, 255}
	light := color.RGBA{200 + sum[0]/8, 200 + sum[1]/8, 200 + sum[2]/8, 255}
	img := image.NewPaletted(image.Rect(0, 0, across*cellPixels, down*cellPixels), color.Palette{light, dark})
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			cell := min(x, img.Rect.Dx()-1-x) / cellPixels
			bit := cell + y/cellPixels*across
			img.Pix[y*img.Stride+x] = sum[3+bit/8%(len(sum)-3)] >> (bit % 8) & 1
		}
	}
	return img
}
