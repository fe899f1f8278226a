package gateway

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime"
	ipldcbor "github.com/ipld/go-ipld-prime/codec/dagcbor"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/traversal"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// The limits of a DAG in one answer. A whole repository that is larger is had by
// package sync, or by blocks.
const (
	maxCARBlocks = 1 << 14
	maxCARDepth  = 64
)

// serveCAR answers with the blocks of a DAG in depth-first order, each once, as
// a CAR (CARv1 specification). What is not here, or is over the limits, cuts the
// connection, as the Trustless Gateway specification has it; only the root is
// known to be here beforehand.
func (g *Gateway) serveCAR(w http.ResponseWriter, req *http.Request, root cid.Cid) error {
	scope, err := scopeOf(req)
	if err != nil {
		return err
	}
	data, err := g.get(req.Context(), root)
	if err != nil {
		return err
	}
	g.describe(w, req, root, fmt.Sprintf(`W/"%s.car.%s"`, root, scope), typeCAR+"; version=1; order=dfs; dups=n")
	attach(w, root.String()+".car")
	w.Header().Set("Accept-Ranges", "none")
	if req.Method == http.MethodHead {
		return nil
	}
	c := &car{g: g, w: w, scope: scope, seen: map[cid.Cid]struct{}{root: {}}}
	if c.header(root) != nil || c.block(req.Context(), root, data, 0) != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// scope is how much of a DAG is asked for: "all", "entity" (what the root is:
// a file, or one record), "block".
type scope string

func scopeOf(req *http.Request) (scope, error) {
	switch s := scope(req.URL.Query().Get("dag-scope")); s {
	case "":
		return "all", nil
	case "all", "entity", "block":
		return s, nil
	default:
		return "", content.E("gateway.scopeOf", content.Invalid, fmt.Errorf("there is no dag-scope %.20q: it is all, entity or block", s))
	}
}

// car writes a DAG.
type car struct {
	g     *Gateway
	w     io.Writer
	scope scope
	seen  map[cid.Cid]struct{}
}

// header writes the CAR's header, a section of DAG-CBOR.
func (c *car) header(root cid.Cid) error {
	b, err := dagcbor.Marshal(struct {
		Roots   []dagcbor.Link `cbor:"roots"`
		Version int            `cbor:"version"`
	}{[]dagcbor.Link{{Cid: root}}, 1})
	if err != nil {
		return err
	}
	return c.section(nil, b)
}

// section writes a length and the bytes of that length.
func (c *car) section(name, data []byte) error {
	b := binary.AppendUvarint(nil, uint64(len(name)+len(data)))
	if _, err := c.w.Write(append(b, name...)); err != nil {
		return err
	}
	_, err := c.w.Write(data)
	return err
}

// block writes a block and those below it.
func (c *car) block(ctx context.Context, id cid.Cid, data []byte, depth int) error {
	if err := c.section(id.Bytes(), data); err != nil {
		return err
	}
	below, err := c.below(id, data)
	if err != nil {
		return err
	}
	for _, child := range below {
		if _, twice := c.seen[child]; twice {
			continue
		}
		if len(c.seen) == maxCARBlocks || depth == maxCARDepth {
			return content.Errorf("gateway.block", content.TooLarge, "a DAG over the limits")
		}
		c.seen[child] = struct{}{}
		if data, err = c.g.get(ctx, child); err != nil {
			return err
		}
		if err := c.block(ctx, child, data, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// below returns what of a block's links the scope takes in.
func (c *car) below(id cid.Cid, data []byte) ([]cid.Cid, error) {
	switch codec := content.Codec(id.Prefix().Codec); {
	case c.scope == "block" || codec == content.Raw:
		return nil, nil
	case codec == content.DagPB:
		node, err := merkledag.DecodeProtobuf(data)
		if err != nil {
			return nil, err
		}
		var links []cid.Cid
		for _, l := range node.Links() {
			links = append(links, l.Cid)
		}
		return links, nil
	case c.scope == "entity":
		return nil, nil
	}
	return recordLinks(data)
}

// recordLinks returns the links in DAG-CBOR, in their order.
func recordLinks(data []byte) ([]cid.Cid, error) {
	node, err := ipld.Decode(data, ipldcbor.Decode)
	if err != nil {
		return nil, err
	}
	found, err := traversal.SelectLinks(node)
	if err != nil {
		return nil, err
	}
	links := make([]cid.Cid, 0, len(found))
	for _, l := range found {
		if link, ok := l.(cidlink.Link); ok {
			links = append(links, link.Cid)
		}
	}
	return links, nil
}
