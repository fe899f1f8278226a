package gateway

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// form is what of a CID is asked for.
type form int

const (
	formFile form = iota // the file, put together
	formRaw              // the block
	formCAR              // the blocks of the DAG
)

const (
	typeRaw = "application/vnd.ipld.raw"
	typeCAR = "application/vnd.ipld.car"
)

// formOf reads ?format=, or else Accept (Trustless Gateway, "Request").
func formOf(req *http.Request) (form, error) {
	switch format := req.URL.Query().Get("format"); format {
	case "raw":
		return formRaw, nil
	case "car":
		return formCAR, nil
	case "":
	default:
		return 0, content.E("gateway.formOf", content.Invalid, fmt.Errorf("there is no format %.20q: ask for raw or car, or leave it out for the file", format))
	}
	for part := range strings.SplitSeq(req.Header.Get("Accept"), ",") {
		kind, param, err := mime.ParseMediaType(part)
		switch {
		case err != nil:
		case kind == typeRaw:
			return formRaw, nil
		case kind == typeCAR && (param["version"] == "" || param["version"] == "1"):
			return formCAR, nil
		}
	}
	return formFile, nil
}

// describe sets the headers that every answer with content has. The tag is a
// strong one if the bytes are always the same.
func (g *Gateway) describe(w http.ResponseWriter, req *http.Request, c cid.Cid, etag, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Ipfs-Path", "/ipfs/"+c.String())
	h.Set("X-Ipfs-Roots", c.String())
	h.Set("Cache-Control", g.caching(req))
}

// caching lets the answer to a link with the key be kept by whoever gets it; one
// without must not be shown to another page.
func (g *Gateway) caching(req *http.Request) string {
	if g.hasKey(req) {
		return "public, max-age=29030400, immutable"
	}
	return "private, max-age=29030400, immutable"
}

// attach has a browser save an answer instead of showing it.
func attach(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}
