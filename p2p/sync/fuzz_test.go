package sync

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/p2p/internal/wire"
)

// seed adds the golden messages, each without its length, to the corpus.
func seed(f *testing.F) {
	file, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		f.Fatal(err)
	}
	var golden struct{ Messages []struct{ Bytes string } }
	if err := json.Unmarshal(file, &golden); err != nil {
		f.Fatal(err)
	}
	for _, m := range golden.Messages {
		b, err := hex.DecodeString(m.Bytes)
		if err != nil {
			f.Fatal(err)
		}
		for len(b) > 0 {
			size, n, err := varint.FromUvarint(b)
			if err != nil || size > uint64(len(b)-n) {
				f.Fatal("a golden message is not whole")
			}
			f.Add(b[n : n+int(size)])
			b = b[n+int(size):]
		}
	}
}

// FuzzRequest: a request that is taken keeps to the limits and survives encoding.
func FuzzRequest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRequest(b)
		if err != nil {
			return
		}
		if r.Heads != nil && len(r.Heads.Known) > MaxAccounts {
			t.Errorf("%d accounts", len(r.Heads.Known))
		}
		if r.Holders != nil && len(r.Holders.Accounts) > MaxHoldersAccounts {
			t.Errorf("%d accounts", len(r.Holders.Accounts))
		}
		again, err := dagcbor.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeRequest(again); err != nil {
			t.Error(err)
		}
	})
}

// FuzzResponse: whatever answers a request is an error or keeps to the limits.
func FuzzResponse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeResponse(b)
		if err != nil {
			return
		}
		if r.Error != nil && r.Error.Err() == nil {
			t.Error("a failure is no error")
		}
		if r.Holders != nil {
			named, err := r.Holders.open(len(r.Holders.Of))
			for _, infos := range named {
				if err != nil || len(infos) > MaxHolders {
					t.Errorf("%d holders: %v", len(infos), err)
				}
			}
		}
		if r.Commits != nil {
			for _, data := range r.Commits.Blocks {
				if block, _, err := decodeCommit(data); err == nil && len(block.Data) != len(data) {
					t.Error("a commit lost bytes")
				}
			}
		}
	})
}

// mute is a stream that ends where its bytes do.
type mute struct {
	network.Stream
	io.Reader
}

func (m mute) Read(b []byte) (int, error)      { return m.Reader.Read(b) }
func (m mute) SetReadDeadline(time.Time) error { return nil }

// strict is a sink that takes nothing but what it was promised.
type strict struct{ t *testing.T }

func (s strict) Put(_ context.Context, blocks ...content.Block) error {
	for _, b := range blocks {
		if _, err := content.CheckBlock(b.CID, b.Data); err != nil {
			s.t.Error(err)
		}
	}
	return nil
}

// FuzzCAR: whatever comes behind the header of a pull, the sink is given only blocks
// that are what they say.
func FuzzCAR(f *testing.F) {
	seed(f)
	part := content.NewBlock(content.Raw, []byte("a photo"))
	f.Add(append(append([]byte{byte(cidLen + len(part.Data))}, part.CID.Bytes()...), part.Data...))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := wire.NewConn(mute{Reader: bytes.NewReader(b)}, time.Second)
		e := &repository{tree: mst.Traverse(mst.Load(nil, content.Sum(content.DagCBOR, b))), ahead: newest{filesOf: func([]byte) []cid.Cid { return []cid.Cid{part.CID} }}}
		e.ahead.add(nil)
		tk := newTaker(t.Context(), w, strict{t})
		if err := tk.run(e); err == nil && tk.took.Bytes > int64(len(b)) {
			t.Errorf("%d bytes of %d", tk.took.Bytes, len(b))
		}
	})
}
