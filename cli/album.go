package cli

import (
	"context"
	"io"
	"os"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/cli/picture"
)

// The room for one picture among text, and what is waited and read for it.
const (
	pictureColumns = 60
	pictureRows    = 24
	pictureWait    = 5 * time.Second
	pictureBytes   = 2 << 20
)

// album shows photos between the lines of a terminal. A photo that cannot be had
// is left out: the text says where it is.
type album struct {
	ctx      context.Context
	cl       *client.Client
	w        io.Writer
	protocol picture.Protocol
	cols     int
}

// album returns one that shows nothing where stdout is no terminal, with --json,
// or with --no-pictures.
func (s *session) album(ctx context.Context, cl *client.Client) *album {
	a := &album{ctx: ctx, cl: cl, w: s.raw, cols: min(pictureColumns, columns(s.raw)-1)}
	if isTerminal(s.raw) && !s.json && !s.c.Bool("no-pictures") {
		a.protocol = picture.Detect(os.Getenv)
	}
	return a
}

// show writes the smallest rendition that fills the room.
func (a *album) show(p photoView) {
	if a.protocol == picture.None || len(p.Renditions) == 0 {
		return
	}
	body, _, err := a.cl.Photo(a.ctx, p.Renditions[0].CID, pictureWait)
	if err != nil {
		return
	}
	defer body.Close()
	file, err := io.ReadAll(io.LimitReader(body, pictureBytes))
	if err != nil {
		return
	}
	_ = picture.Show(a.w, a.protocol, file, a.cols, pictureRows) // a damaged picture is left out too
}
