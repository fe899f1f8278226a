package mst

import (
	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// nodeData and entryData are a node as it is encoded. A key is written as the
// number of bytes it shares with the key before it in the node, and the rest.
type nodeData struct {
	Entries []entryData   `cbor:"e"`
	Left    *dagcbor.Link `cbor:"l"`
}

type entryData struct {
	Key    []byte        `cbor:"k"`
	Prefix int           `cbor:"p"`
	Right  *dagcbor.Link `cbor:"t"`
	Value  dagcbor.Link  `cbor:"v"`
}

// encode returns the node's block; its children are sealed.
func (b *body) encode() (content.Block, error) {
	d := nodeData{Entries: make([]entryData, len(b.entries)), Left: link(b.left)}
	before := ""
	for i, e := range b.entries {
		p := sharedPrefix(before, e.key)
		d.Entries[i] = entryData{[]byte(e.key[p:]), p, link(e.right), dagcbor.Link{Cid: e.value}}
		before = e.key
	}
	data, err := dagcbor.Marshal(d)
	if err != nil {
		return content.Block{}, content.E("mst.encode", content.Invalid, err)
	}
	if len(data) > content.MaxNodeSize {
		return content.Block{}, content.Errorf("mst.encode", content.TooLarge, "a tree node over the limit")
	}
	return content.NewBlock(content.DagCBOR, data), nil
}

func link(n *node) *dagcbor.Link {
	if n == nil {
		return nil
	}
	return dagcbor.LinkTo(n.cid)
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// decode reads a node. It checks what can be told without its place in the tree.
func decode(data []byte) (*body, error) {
	const op = "mst.decode"
	if len(data) > content.MaxNodeSize {
		return nil, content.Errorf(op, content.TooLarge, "a tree node over the limit")
	}
	var d nodeData
	if err := dagcbor.UnmarshalStrict(data, &d); err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if len(d.Entries) > MaxEntries {
		return nil, content.Errorf(op, content.TooLarge, "a tree node of too many keys")
	}
	b := &body{entries: make([]entry, len(d.Entries))}
	var err error
	if b.left, err = child(d.Left); err != nil {
		return nil, err
	}
	before := ""
	for i, e := range d.Entries {
		if b.entries[i], err = e.decode(before); err != nil {
			return nil, err
		}
		before = b.entries[i].key
	}
	return b, nil
}

func (d entryData) decode(before string) (entry, error) {
	const op = "mst.decode"
	if d.Prefix < 0 || d.Prefix > len(before) {
		return entry{}, content.Errorf(op, content.Invalid, "a key's prefix is longer than the key before it")
	}
	key := before[:d.Prefix] + string(d.Key)
	if err := checkKey(op, key); err != nil {
		return entry{}, err
	}
	if sharedPrefix(before, key) != d.Prefix {
		return entry{}, content.Errorf(op, content.Invalid, "a key's prefix is not the longest")
	}
	if err := content.CheckCID(d.Value.Cid); err != nil {
		return entry{}, err
	}
	right, err := child(d.Right)
	return entry{key, d.Value.Cid, right}, err
}

func child(l *dagcbor.Link) (*node, error) {
	if l == nil {
		return nil, nil
	}
	if err := content.CheckCID(l.Cid); err != nil {
		return nil, err
	}
	if content.Codec(l.Cid.Prefix().Codec) != content.DagCBOR {
		return nil, content.Errorf("mst.decode", content.Invalid, "a link to what is no tree node")
	}
	return unloaded(l.Cid, 0), nil // fit tells the layer
}

// Links returns what a node refers to: the nodes below it and the values of its
// own keys, so that a whole layer can be fetched at once. It does not check the
// node's place in the tree; loading the tree does.
func Links(data []byte) (nodes, values []cid.Cid, err error) {
	b, err := decode(data)
	if err != nil {
		return nil, nil, err
	}
	for i := range len(b.entries) + 1 {
		if c := b.child(i); c != nil {
			nodes = append(nodes, c.cid)
		}
	}
	for _, e := range b.entries {
		values = append(values, e.value)
	}
	return nodes, values, nil
}
