package outbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
)

// What is remembered, in the store's precious state:
//
//	"l" account (32) → epoch (4), rev (8): up to which head an account was looked at
//	"t" account (32) path → CID (36), accounts (32 each): a record and whom it concerns
//	"e" target (32) actor (32) path → entryForm
//
// Whom a record concerns is kept as long as there is one, for it can't be read any more
// once it is deleted.
const (
	tagLooked = 'l'
	tagTold   = 't'
	tagEntry  = 'e'

	accountLen = len(content.AccountID{})
	cidLen     = 36
)

// entryForm is an [entry] on disk; times are in seconds.
type entryForm struct {
	State string `cbor:"state"`
	Since int64  `cbor:"since"`
	Next  int64  `cbor:"next"`
	Tries int    `cbor:"tries"`
	Fault string `cbor:"fault"`
	Ended int64  `cbor:"ended"`
}

func lookedKey(id content.AccountID) []byte { return append([]byte{tagLooked}, id[:]...) }

func versionBytes(v content.Version) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(v.Epoch))
	return binary.BigEndian.AppendUint64(b, uint64(v.Rev))
}

func parseVersion(b []byte) content.Version {
	return content.Version{Epoch: content.Epoch(binary.BigEndian.Uint32(b)), Rev: content.TID(binary.BigEndian.Uint64(b[4:]))}
}

func toldKey(id content.AccountID, p content.Path) []byte {
	return append(append([]byte{tagTold}, id[:]...), p...)
}

// told is a record that concerns others, and whom.
type told struct {
	cid cid.Cid
	to  []content.AccountID
}

func (t told) bytes() []byte {
	b := t.cid.Bytes()
	for _, id := range t.to {
		b = append(b, id[:]...)
	}
	return b
}

// parseTold takes what it can't read for nothing.
func parseTold(b []byte) (t told) {
	if len(b) < cidLen || (len(b)-cidLen)%accountLen != 0 {
		return told{}
	}
	var err error
	if t.cid, err = cid.Cast(bytes.Clone(b[:cidLen])); err != nil {
		return told{}
	}
	for b = b[cidLen:]; len(b) > 0; b = b[accountLen:] {
		t.to = append(t.to, content.AccountID(b[:accountLen]))
	}
	return t
}

func (s source) key(target content.AccountID) []byte {
	b := append([]byte{tagEntry}, target[:]...)
	return append(append(b, s.actor[:]...), s.path...)
}

func (e entry) bytes() ([]byte, error) {
	return dagcbor.Marshal(entryForm{string(e.state), seconds(e.since), seconds(e.next), e.tries, e.fault, seconds(e.ended)})
}

func parseEntry(b []byte) (entry, error) {
	var f entryForm
	err := dagcbor.Unmarshal(b, &f)
	return entry{
		state: State(f.State), since: moment(f.Since), next: moment(f.Next), tries: f.Tries, fault: f.Fault,
		ended: moment(f.Ended),
	}, err
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

// load reads the state. What can't be read is passed over.
func (o *Outbox) load(ctx context.Context) error {
	return o.room.View(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.Scan(store.Span{Prefix: []byte{tagLooked}}, func(k, v []byte) bool {
				if len(k) == 1+accountLen && len(v) == 12 {
					o.looked[content.AccountID(k[1:])] = parseVersion(v)
				}
				return true
			}),
			tx.Scan(store.Span{Prefix: []byte{tagEntry}}, func(k, v []byte) bool {
				e, err := parseEntry(v)
				if err == nil && len(k) > 1+2*accountLen {
					e.handed = true // as far as is known
					s := source{content.AccountID(k[1+accountLen:]), content.Path(k[1+2*accountLen:])}
					o.put(content.AccountID(k[1:]), s, e)
					o.targets[content.AccountID(k[1:])].asked = true // all are, as they are met
				}
				return true
			}))
	})
}
