package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// The limits of a file of UnixFS nodes: what a source of 200 MiB in leaves of
// 1 MiB needs, with room for smaller leaves and deeper layouts.
const (
	maxLeaves = 1024
	maxNodes  = 64
	maxDepth  = 4
)

// openFile finds out where the pieces of a file are, and that all are here.
func (g *Gateway) openFile(ctx context.Context, root cid.Cid) (*file, error) {
	const op = "gateway.openFile"
	l := layout{ctx: ctx, g: g}
	switch content.Codec(root.Prefix().Codec) {
	case content.Raw:
		data, err := g.get(ctx, root)
		if err != nil {
			return nil, err
		}
		return &file{ctx: ctx, g: g, size: int64(len(data)), leaves: []leaf{{root, 0, int64(len(data))}}, data: data}, nil
	case content.DagPB:
		if err := l.node(root, 0); err != nil {
			return nil, content.E(op, content.Other, err)
		}
		return &file{ctx: ctx, g: g, size: l.size, leaves: l.leaves}, nil
	}
	if _, err := g.get(ctx, root); err != nil {
		return nil, err
	}
	return nil, content.Errorf(op, content.Invalid, root.String()+" is not a file: ask for it with ?format=raw")
}

// layout walks the nodes of a UnixFS file (IPFS specification, "UnixFS") with
// raw leaves. The memory that a file can make it use is that of its leaves' CIDs.
type layout struct {
	ctx    context.Context
	g      *Gateway
	leaves []leaf
	nodes  int
	size   int64
}

func (l *layout) node(c cid.Cid, depth int) error {
	if l.nodes++; l.nodes > maxNodes || depth > maxDepth {
		return tooLarge(c)
	}
	data, err := l.g.get(l.ctx, c)
	if err != nil {
		return err
	}
	children, sizes, err := decodeNode(data)
	if err != nil {
		return content.E("gateway.node", content.Invalid, fmt.Errorf("%s is not a file: %w", c, err))
	}
	for i, child := range children {
		before := l.size
		if err := l.child(child, sizes[i], depth); err != nil {
			return err
		}
		if uint64(l.size-before) != sizes[i] {
			return content.Errorf("gateway.node", content.Invalid, "the sizes in the file's nodes contradict each other: "+c.String())
		}
	}
	return nil
}

func (l *layout) child(c cid.Cid, size uint64, depth int) error {
	if content.CheckCID(c) != nil {
		return content.Errorf("gateway.child", content.Invalid, "the file has a piece of another kind: "+c.String())
	}
	if content.Codec(c.Prefix().Codec) != content.Raw {
		return l.node(c, depth+1)
	}
	if len(l.leaves) == maxLeaves || size > content.MaxBlockSize || l.size+int64(size) > record.MaxSource {
		return tooLarge(c)
	}
	there, err := l.g.Published.Has(l.ctx, c)
	if err != nil {
		return err
	}
	if !there {
		return notHere("gateway.child", c)
	}
	l.leaves = append(l.leaves, leaf{c, l.size, l.size + int64(size)})
	l.size += int64(size)
	return nil
}

func tooLarge(c cid.Cid) error {
	return content.Errorf("gateway.layout", content.TooLarge, "a file over the limits: "+c.String())
}

// decodeNode returns the children of an inner node and how many bytes of the file
// each has.
func decodeNode(data []byte) ([]cid.Cid, []uint64, error) {
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return nil, nil, err
	}
	fs, err := unixfs.FSNodeFromBytes(node.Data())
	if err != nil {
		return nil, nil, err
	}
	switch {
	case fs.Type() != unixfs.TFile:
		return nil, nil, errors.New("it is a node of another type")
	case len(fs.Data()) > 0:
		return nil, nil, errors.New("it has bytes in its inner nodes")
	case fs.NumChildren() != len(node.Links()):
		return nil, nil, errors.New("it has more or fewer pieces than sizes")
	}
	children := make([]cid.Cid, len(node.Links()))
	for i, link := range node.Links() {
		children[i] = link.Cid
	}
	return children, fs.BlockSizes(), nil
}
