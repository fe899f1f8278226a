package gateway

import (
	"bytes"
	"net/http"
	"time"

	"github.com/ipfs/go-cid"
)

// serveBlock answers with one block as it is.
func (g *Gateway) serveBlock(w http.ResponseWriter, req *http.Request, c cid.Cid) error {
	data, err := g.get(req.Context(), c)
	if err != nil {
		return err
	}
	g.describe(w, req, c, `"`+c.String()+`.raw"`, typeRaw)
	attach(w, c.String()+".bin")
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(data))
	return nil
}
