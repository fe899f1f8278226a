// Package unixfs knows how a file that is larger than a block is laid out: UnixFS
// nodes over leaves ("UnixFS" specification, IPFS), a tree of DAG-PB. It reads the
// links; what is at their ends is left to its callers.
//
// It guarantees that what it lists is bounded, whatever the nodes say.
package unixfs

import (
	"context"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
)

// The limits of a file: enough for 200 MiB in leaves of 1 MiB, and deeper than the
// balanced layout needs.
const (
	MaxBlocks = 1024
	MaxDepth  = 4
)

// Getter gives the bytes of a block; an error of kind NotFound if it is not here.
type Getter interface {
	Get(context.Context, cid.Cid) ([]byte, error)
}

// Large tells a file of several blocks from one of one.
func Large(root cid.Cid) bool { return content.Codec(root.Prefix().Codec) == content.DagPB }

// Links returns what a block of a file links to, in order: nothing for a leaf, and
// for what is no file node after all. Links that are none of ours are left out.
func Links(c cid.Cid, data []byte) []cid.Cid {
	if !Large(c) {
		return nil
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return nil
	}
	var links []cid.Cid
	for _, l := range node.Links() {
		if content.CheckCID(l.Cid) == nil {
			links = append(links, l.Cid)
		}
	}
	return links
}

// Blocks lists the blocks of a file, its root first, as far as its inner nodes are
// in src. Kind TooLarge if they are more than a file of ours has.
func Blocks(ctx context.Context, src Getter, root cid.Cid) ([]cid.Cid, error) {
	blocks := []cid.Cid{root}
	for from, depth := 0, 0; from < len(blocks); depth++ {
		level := blocks[from:]
		from = len(blocks)
		for _, c := range level {
			links, err := linksOf(ctx, src, c)
			if err != nil {
				return nil, err
			}
			if len(links) > 0 && depth == MaxDepth || len(blocks)+len(links) > MaxBlocks {
				return nil, content.Errorf("unixfs.Blocks", content.TooLarge, "a file of too many blocks: "+root.String())
			}
			blocks = append(blocks, links...)
		}
	}
	return blocks, nil
}

// linksOf returns the links of a block; none if it is not here.
func linksOf(ctx context.Context, src Getter, c cid.Cid) ([]cid.Cid, error) {
	if !Large(c) {
		return nil, nil
	}
	data, err := src.Get(ctx, c)
	if content.KindOf(err) == content.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return Links(c, data), nil
}
