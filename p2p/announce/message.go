package announce

import (
	"bytes"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p"
)

// MaxMessageSize is the most bytes of a message.
const MaxMessageSize = 64 << 10

// message is what a topic carries, as DAG-CBOR. Blocks holds the bytes of
// DAG-CBOR blocks, each linked from the head or from a block before it; their
// CIDs follow from their bytes.
type message struct {
	Head   dagcbor.RawValue `cbor:"head"`
	Blocks [][]byte         `cbor:"blocks"`
}

// Encode returns the message for a head and the blocks that are new under it.
// Blocks that the head does not lead to are left out; if the rest does not fit
// [MaxMessageSize], all are.
func Encode(head content.Head, blocks []content.Block) ([]byte, error) {
	const op = "announce.Encode"
	raw, err := dagcbor.Marshal(head)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if len(raw) > content.MaxHeadSize {
		return nil, content.Errorf(op, content.TooLarge, "head over the limit")
	}
	if total(blocks) > MaxMessageSize {
		blocks = nil
	}
	b, err := dagcbor.Marshal(message{raw, reachable(head, blocks)})
	if err == nil && len(b) > MaxMessageSize {
		b, err = dagcbor.Marshal(message{raw, [][]byte{}})
	}
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	return b, nil
}

func total(blocks []content.Block) (n int) {
	for _, b := range blocks {
		n += len(b.Data)
	}
	return n
}

// reachable orders blocks so that each stands behind one that links to it.
func reachable(head content.Head, blocks []content.Block) [][]byte {
	byCID := make(map[cid.Cid][]byte, len(blocks))
	for _, b := range blocks {
		if b.CID.Prefix().Codec == uint64(content.DagCBOR) {
			byCID[b.CID] = b.Data
		}
	}
	ordered := make([][]byte, 0, len(blocks))
	for next := []cid.Cid{head.Commit.Data.Cid}; len(next) > 0; next = next[1:] {
		data, ok := byCID[next[0]]
		if !ok {
			continue
		}
		delete(byCID, next[0])
		ordered = append(ordered, data)
		next = append(next, links(data)...)
	}
	return ordered
}

// Decode reads a message. It checks everything but signatures: sizes, canonical
// form, and that the head leads to every block.
func Decode(b []byte) (content.Head, []content.Block, error) {
	const op = "announce.Decode"
	if len(b) > MaxMessageSize {
		return content.Head{}, nil, content.Errorf(op, content.TooLarge, "message over the limit")
	}
	var m message
	if err := dagcbor.UnmarshalStrict(b, &m); err != nil {
		return content.Head{}, nil, content.E(op, content.Invalid, err)
	}
	head, err := p2p.DecodeHead(m.Head)
	if err != nil {
		return content.Head{}, nil, content.E(op, content.Invalid, err)
	}
	blocks, err := checkBlocks(head, m.Blocks)
	if err != nil {
		return content.Head{}, nil, content.E(op, content.Invalid, err)
	}
	return head, blocks, nil
}

func checkBlocks(head content.Head, datas [][]byte) ([]content.Block, error) {
	const op = "announce.checkBlocks"
	expected := map[cid.Cid]bool{head.Commit.Data.Cid: true}
	blocks := make([]content.Block, 0, len(datas))
	for _, data := range datas {
		if err := dagcbor.Check(data); err != nil {
			return nil, err
		}
		b := content.NewBlock(content.DagCBOR, data)
		if !expected[b.CID] {
			return nil, content.Errorf(op, content.Invalid, "a block that nothing before it links to, or twice")
		}
		delete(expected, b.CID)
		for _, c := range links(data) {
			expected[c] = true
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// linkMark begins every link in DAG-CBOR: tag 42 over 37 bytes, the first of
// them zero and the CID's version behind it.
var linkMark = []byte{0xd8, 42, 0x58, 37, 0, 1}

const linkSize = 5 + 36

// links returns what looks like a link in a block. It may take bytes inside a
// string for one too, which only an author could put there.
func links(data []byte) []cid.Cid {
	var found []cid.Cid
	for {
		i := bytes.Index(data, linkMark)
		if i < 0 || len(data)-i < linkSize {
			return found
		}
		var l dagcbor.Link
		if err := l.UnmarshalCBOR(data[i : i+linkSize]); err == nil {
			found = append(found, l.Cid)
		}
		data = data[i+len(linkMark):]
	}
}
