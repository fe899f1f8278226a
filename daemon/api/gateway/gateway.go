// Package gateway hands out published photos, and the blocks that prove them,
// under /ipfs/{cid} (IPFS specifications, "Path Gateway" and "Trustless
// Gateway").
//
// It guarantees that only blocks which a published head needs are handed out,
// and that it never asks the network for one; that no page of another origin can
// find out which photos are here unless it was given the key; that nothing is
// handed out in a form a browser would run; and that what a file's or a DAG's
// nodes claim is checked before memory or time is spent on it. Fetching what is
// not here, and putting the key into links, is left to others.
package gateway

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
)

// maxCIDLen is more characters than a CID of our form has in any base but the
// binary one.
const maxCIDLen = 100

// Parts is what a [Gateway] works with. All are needed.
type Parts struct {
	// Published holds the blocks that anybody may have, and nothing else.
	Published blockstore.Blockstore
	// Key is what media links carry as ?k=; see [OpenKey].
	Key string
}

// Gateway answers requests for published files and blocks. Make it with [New].
// It is safe for concurrent use.
type Gateway struct {
	Parts
	owner, others slots
}

// New returns a gateway.
func New(parts Parts) *Gateway {
	return &Gateway{Parts: parts, owner: make(slots, maxOwner), others: make(slots, maxOthers)}
}

// Routes adds GET and HEAD /ipfs/{cid}.
func (g *Gateway) Routes(r *rest.Router) {
	r.Mount("GET /ipfs/{cid}", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := g.serve(w, req); err != nil {
			r.Fail(w, req, err)
		}
	}))
}

// serve answers a request or returns why not; then nothing is written yet.
func (g *Gateway) serve(w http.ResponseWriter, req *http.Request) error {
	keyed, err := g.admit(w, req)
	if err != nil {
		return err
	}
	form, err := formOf(req)
	if err != nil {
		return err
	}
	c, err := ParseCID(req.PathValue("cid"))
	if err != nil {
		return err
	}
	done, err := g.slotsOf(keyed).take(req.Context())
	if err != nil {
		return err
	}
	defer done()
	switch form {
	case formRaw:
		return g.serveBlock(w, req, c)
	case formCAR:
		return g.serveCAR(w, req, c)
	}
	return g.serveFile(w, req, c)
}

// ParseCID reads a CID in any of its text forms. Kind Invalid if it is not one of
// the form that rossgram uses.
func ParseCID(s string) (cid.Cid, error) {
	const op = "gateway.ParseCID"
	if len(s) > maxCIDLen {
		return cid.Undef, content.Errorf(op, content.Invalid, "too long for a CID")
	}
	c, err := cid.Decode(s)
	if err != nil {
		return cid.Undef, content.E(op, content.Invalid, fmt.Errorf("%q is not a CID: copy it from a post, such as bafk…", s))
	}
	return c, content.CheckCID(c)
}

// get reads a published block. Kind NotFound if it is not one, or not here.
func (g *Gateway) get(ctx context.Context, c cid.Cid) ([]byte, error) {
	const op = "gateway.get"
	b, err := g.Published.Get(ctx, c)
	if ipld.IsNotFound(err) {
		return nil, notHere(op, c)
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return b.RawData(), nil
}

func notHere(op string, c cid.Cid) error {
	return content.Errorf(op, content.NotFound, "nothing published here is "+c.String()+": rossgram photo fetches what peers have")
}
