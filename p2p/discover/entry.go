package discover

import (
	"bytes"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// A book's entries in its store. A peer's has its addresses and when it was seen;
// that it holds an account is an entry with no value.
//
//	"p" peer ID              → peerRecord as DAG-CBOR
//	"h" account (32) peer ID → nothing
const (
	peerPrefix  = 'p'
	holdsPrefix = 'h'
)

type peerRecord struct {
	Addrs [][]byte `cbor:"addrs"`
	Seen  int64    `cbor:"seen"` // seconds since the Unix epoch; 0 if never
}

func peerKey(p peer.ID) []byte { return append([]byte{peerPrefix}, p...) }

func holdsKey(a content.AccountID, p peer.ID) []byte {
	return append(append([]byte{holdsPrefix}, a[:]...), p...)
}

func peerEntry(p peer.ID, c *contact) Entry {
	r := peerRecord{Addrs: make([][]byte, len(c.addrs))}
	for i, a := range c.addrs {
		r.Addrs[i] = a.Bytes()
	}
	if !c.seen.IsZero() {
		r.Seen = c.seen.Unix()
	}
	value, err := dagcbor.Marshal(r)
	if err != nil { // bytes and a number always encode
		panic("discover: " + err.Error())
	}
	return Entry{peerKey(p), value}
}

// restore takes an entry from the store and reports whether it could be read.
func (b *Book) restore(e Entry) bool {
	switch {
	case len(e.Key) > 1 && e.Key[0] == peerPrefix:
		return b.restorePeer(e.Key[1:], e.Value)
	case len(e.Key) > 33 && e.Key[0] == holdsPrefix:
		p, err := peer.IDFromBytes(bytes.Clone(e.Key[33:]))
		if err != nil || len(b.peers) >= MaxPeers && b.peers[p] == nil {
			return false
		}
		b.contact(p)
		b.link(content.AccountID(e.Key[1:33]), p)
		return true
	}
	return false
}

func (b *Book) restorePeer(id, value []byte) bool {
	p, err := peer.IDFromBytes(bytes.Clone(id))
	if err != nil || len(b.peers) >= MaxPeers && b.peers[p] == nil {
		return false
	}
	var r peerRecord
	if dagcbor.UnmarshalStrict(value, &r) != nil {
		return false
	}
	var addrs []ma.Multiaddr
	for _, raw := range r.Addrs {
		if a, err := ma.NewMultiaddrBytes(raw); err == nil {
			addrs = append(addrs, a)
		}
	}
	c, _ := b.contact(p)
	c.add(addrs)
	if r.Seen > 0 {
		c.seen = time.Unix(r.Seen, 0)
		c.saved = c.seen
	}
	return true
}
