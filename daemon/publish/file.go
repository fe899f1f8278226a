package publish

import (
	"bytes"
	"context"

	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
)

// linksPerNode is how many blocks a UnixFS node links to: that of the profile
// "unixfs-v1-2025" (IPIP-499), which, with leaves of 1 MiB, balanced layout and
// CIDv1, is how a large file gets the CID that other programs give it. A file
// within our limits has 200 leaves, and so one node of some 10 KiB.
const linksPerNode = 1024

// storeFile stores a file: one raw block, or a UnixFS file where it is larger
// than a block may be.
func (p *Publisher) storeFile(ctx context.Context, f photo.File) (record.File, error) {
	file := record.File{Size: int64(len(f.Data)), Type: f.Type, Width: f.Width, Height: f.Height}
	if len(f.Data) <= content.MaxBlockSize {
		b := content.NewBlock(content.Raw, f.Data)
		file.CID = dagcbor.Link{Cid: b.CID}
		return file, p.Store.Put(ctx, b)
	}
	root, err := p.storeUnixFS(ctx, f.Data)
	file.CID = dagcbor.Link{Cid: root}
	return file, err
}

func (p *Publisher) storeUnixFS(ctx context.Context, data []byte) (cid.Cid, error) {
	const op = "publish.storeUnixFS"
	offline := blockservice.New(p.Store.Blockstore(), nil)
	params := helpers.DagBuilderParams{
		Maxlinks: linksPerNode, RawLeaves: true,
		CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256},
		Dagserv:    merkledag.NewDAGService(offline),
	}
	builder, err := params.New(chunk.NewSizeSplitter(bytes.NewReader(data), content.MaxBlockSize))
	if err != nil {
		return cid.Undef, content.E(op, content.Other, err)
	}
	root, err := balanced.Layout(builder)
	if err != nil {
		return cid.Undef, content.E(op, content.Other, err)
	}
	if err := ctx.Err(); err != nil {
		return cid.Undef, content.E(op, content.Unavailable, err)
	}
	return root.Cid(), nil
}
