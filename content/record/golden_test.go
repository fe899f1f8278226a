package record_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ipldcbor "github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/codec/dagjson"
	"github.com/ipld/go-ipld-prime/node/basicnode"

	"rossgram.app/content/record"
)

// The golden files are what stands on disks and on the wire: the bytes, and the
// same value in DAG-JSON to read.
func TestGolden(t *testing.T) {
	for name, r := range records() {
		t.Run(name, func(t *testing.T) {
			block, err := record.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".cbor.hex", hex.EncodeToString(block.Data)+"\n")
			golden(t, name+".json", readable(t, block.Data))
			back, err := record.Decode(block.Data)
			if err != nil {
				t.Fatal(err)
			}
			again, err := record.Encode(back)
			if err != nil || !again.CID.Equals(block.CID) {
				t.Errorf("decoded and encoded it is another record: %v\n%x\n%x", err, block.Data, again.Data)
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

// readable writes a record as DAG-JSON, by the codecs of IPLD's own library,
// which must find it canonical.
func readable(t *testing.T, b []byte) string {
	t.Helper()
	node := basicnode.Prototype.Any.NewBuilder()
	if err := ipldcbor.Decode(node, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := ipldcbor.Encode(node.Build(), &again); err != nil || !bytes.Equal(again.Bytes(), b) {
		t.Errorf("to another library it has another form: %v\n%x\n%x", err, b, again.Bytes())
	}
	var text strings.Builder
	if err := dagjson.Encode(node.Build(), &text); err != nil {
		t.Fatal(err)
	}
	return text.String() + "\n"
}
