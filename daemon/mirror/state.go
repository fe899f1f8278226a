package mirror

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	protocol "rossgram.app/p2p/mirror"
)

// What is remembered, in the store's precious state. Values are DAG-CBOR.
//
//	"g" account (32) → Given
//	"w" account (32) peer ID → Wanted
//	"r" account (32) peer ID, first TID (8) → protocol.Receipt
const (
	tagGiven   = 'g'
	tagWanted  = 'w'
	tagReceipt = 'r'
)

// Given is an account that somebody has asked this node to keep.
type Given struct {
	Account content.AccountID
	State   protocol.State
	Asked   int64     // bytes wished for
	Cap     int64     // bytes promised, once it was accepted
	From    peer.ID   // the node that brought the wish
	Time    time.Time // of the latest wish
	Words   string    // for the asker
}

// Asked is the [Wanted.State] of a node that has not answered yet, Ending that of
// one that is to be told that it is over.
const (
	Asked  protocol.State = "asked"
	Ending protocol.State = "ending"
)

// Wanted is a node that was asked to keep a hosted account.
type Wanted struct {
	Account  content.AccountID
	Node     peer.ID
	State    protocol.State
	Cap      int64 // bytes wished for
	Promised int64 // bytes
	Used     int64 // bytes, as of Contact
	Words    string
	Since    time.Time // of the state
	Contact  time.Time // when the node last answered; zero if it never did
}

func (w Wanted) pair() pair { return pair{w.Account, w.Node} }

// givenEntry and wantedEntry are the forms on disk.
type givenEntry struct {
	State string `cbor:"state"`
	Asked int64  `cbor:"asked"`
	Cap   int64  `cbor:"cap"`
	From  []byte `cbor:"from"`
	Time  int64  `cbor:"time"`
	Words string `cbor:"words"`
}

type wantedEntry struct {
	State    string `cbor:"state"`
	Cap      int64  `cbor:"cap"`
	Promised int64  `cbor:"promised"`
	Used     int64  `cbor:"used"`
	Words    string `cbor:"words"`
	Since    int64  `cbor:"since"`
	Contact  int64  `cbor:"contact"`
}

func accountKey(tag byte, id content.AccountID) []byte { return append([]byte{tag}, id[:]...) }

func (p pair) key(tag byte) []byte { return append(accountKey(tag, p.account), p.node...) }

// receiptKey sorts the receipts of a node by the first post of each.
func (p pair) receiptKey(first content.TID) []byte {
	return binary.BigEndian.AppendUint64(p.key(tagReceipt), uint64(first))
}

// parseReceiptKey is [pair.receiptKey] backwards.
func parseReceiptKey(key []byte) (p pair, first content.TID, ok bool) {
	const account = len(content.AccountID{})
	if len(key) <= 1+account+8 {
		return pair{}, 0, false
	}
	copy(p.account[:], key[1:])
	p.node = peer.ID(key[1+account : len(key)-8])
	return p, content.TID(binary.BigEndian.Uint64(key[len(key)-8:])), true
}

// load reads the state. What can't be read is passed over.
func (m *Mirrors) load(ctx context.Context) error {
	return m.room.View(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.Scan(store.Span{Prefix: []byte{tagGiven}}, func(k, v []byte) bool {
				var e givenEntry
				if len(k) == 33 && dagcbor.Unmarshal(v, &e) == nil {
					g := Given{content.AccountID(k[1:]), protocol.State(e.State), e.Asked, e.Cap, peer.ID(e.From), moment(e.Time), e.Words}
					m.given[g.Account] = g
				}
				return true
			}),
			tx.Scan(store.Span{Prefix: []byte{tagWanted}}, func(k, v []byte) bool {
				var e wantedEntry
				if len(k) > 33 && dagcbor.Unmarshal(v, &e) == nil {
					w := Wanted{content.AccountID(k[1:33]), peer.ID(k[33:]), protocol.State(e.State), e.Cap, e.Promised, e.Used,
						e.Words, moment(e.Since), moment(e.Contact)}
					m.wanted[w.pair()] = w
				}
				return true
			}),
			tx.Scan(store.Span{Prefix: []byte{tagReceipt}}, func(k, v []byte) bool {
				p, _, ok := parseReceiptKey(k)
				r, err := protocol.DecodeReceipt(bytes.Clone(v))
				if ok && err == nil && r.Time.After(m.heard[p]) {
					m.heard[p] = r.Time
				}
				return true
			}))
	})
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// putGiven makes a decision durable and then known.
func (m *Mirrors) putGiven(ctx context.Context, g Given) error {
	v, err := dagcbor.Marshal(givenEntry{string(g.State), g.Asked, g.Cap, []byte(g.From), seconds(g.Time), g.Words})
	if err != nil {
		return err
	}
	if err := m.set(ctx, accountKey(tagGiven, g.Account), v); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.given[g.Account] = g
	return nil
}

func (m *Mirrors) dropGiven(ctx context.Context, id content.AccountID) error {
	if err := m.unset(ctx, accountKey(tagGiven, id)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.given, id)
	return nil
}

func (m *Mirrors) putWanted(ctx context.Context, w Wanted) error {
	v, err := dagcbor.Marshal(wantedEntry{string(w.State), w.Cap, w.Promised, w.Used, w.Words, seconds(w.Since), seconds(w.Contact)})
	if err != nil {
		return err
	}
	if err := m.set(ctx, w.pair().key(tagWanted), v); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wanted[w.pair()] = w
	return nil
}

func (m *Mirrors) dropWanted(ctx context.Context, p pair) error {
	if err := m.unset(ctx, p.key(tagWanted)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.wanted, p)
	return nil
}

func (m *Mirrors) set(ctx context.Context, key, value []byte) error {
	return m.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(key, value) })
}

func (m *Mirrors) unset(ctx context.Context, key []byte) error {
	return m.room.Update(ctx, func(tx *store.Tx) error { return tx.Delete(key) })
}
