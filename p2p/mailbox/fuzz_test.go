package mailbox_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

// seed adds the golden messages, each without its length, to the corpus.
func seed(f *testing.F) {
	file, err := os.ReadFile("testdata/messages.json")
	check(f, err)
	var golden struct{ Messages []struct{ Bytes string } }
	check(f, json.Unmarshal(file, &golden))
	for _, m := range golden.Messages {
		b, err := hex.DecodeString(m.Bytes)
		check(f, err)
		if len(b) == 0 {
			continue
		}
		_, n, err := varint.FromUvarint(b)
		check(f, err)
		f.Add(b[n:])
	}
}

// FuzzNotice: a notice that is read has one form, and one that is verified keeps to
// the limits.
func FuzzNotice(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := mailbox.Decode(b)
		if err != nil {
			return
		}
		again, err := d.Encode()
		if err != nil || !bytes.Equal(again, b) || len(b) > mailbox.MaxNotice {
			t.Errorf("it has another form: %v", err)
		}
		n, err := mailbox.Verify(d, repo.VerifyHead, p2ptest.Noon)
		if err != nil {
			return
		}
		r, there := n.Record()
		if _, err := content.CheckBlock(r.CID, r.Data); there && err != nil {
			t.Error(err)
		}
	})
}

// FuzzProof: whatever a proof is made of, under a head that is genuine it shows the
// record that is there, or is refused.
func FuzzProof(f *testing.F) {
	told, _, _ := fixedNotices(f)
	good := told.Draft()
	form, err := dagcbor.Marshal(good.Proof)
	check(f, err)
	f.Add(form, good.Record)
	f.Fuzz(func(t *testing.T, proof, record []byte) {
		d := good
		d.Proof, d.Record = nil, record
		if dagcbor.Unmarshal(proof, &d.Proof) != nil {
			return
		}
		_, err := mailbox.Verify(d, repo.VerifyHead, p2ptest.Noon)
		if err == nil && (!bytes.Equal(d.Record, good.Record) || len(d.Proof) != len(good.Proof)) {
			t.Error("something that is not so was proven")
		}
	})
}

// FuzzRequest: a request that is taken keeps to the limits and survives encoding.
func FuzzRequest(f *testing.F) {
	seed(f)
	node := p2ptest.FixedPeer(f, 9)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := mailbox.DecodeRequest(b)
		if err != nil {
			return
		}
		if w := r.Work(); w < 1 || w > 1+4*mailbox.MaxNotices+len(b)/(16<<10) {
			t.Errorf("%d units of work", w)
		}
		if r.Collect != nil {
			r.Collect.VerifyFor(node, p2ptest.Noon)
		}
		again, err := dagcbor.Marshal(r)
		check(t, err)
		if _, err := mailbox.DecodeRequest(again); err != nil {
			t.Error(err)
		}
	})
}

// FuzzResponse: whatever answers a request is an error or keeps to the limits.
func FuzzResponse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		verdicts, err := mailbox.ReadVerdicts(b, 6)
		for _, v := range verdicts {
			if err == nil && (v.Wait < 0 || v.Wait > mailbox.MaxWait || v.Bits < 0 || v.Bits > mailbox.MaxBits || v.State == "") {
				t.Errorf("%+v", v)
			}
		}
		if cursor, n, err := mailbox.ReadPage(b); err == nil && (len(cursor) > mailbox.MaxCursor || n > mailbox.MaxNotices) {
			t.Errorf("a page of %d notices, a cursor of %d bytes", n, len(cursor))
		}
	})
}
