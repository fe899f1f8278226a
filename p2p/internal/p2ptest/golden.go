package p2ptest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content/keys"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Noon is when everything in golden files happens.
var Noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// The account of golden files: the phrase of 256 zero bits (BIP-39's test
// vectors) and a writer key from a seed.
var (
	fixedPhrase = strings.Repeat("abandon ", 23) + "art"
	fixedSeed   = bytes.Repeat([]byte{7}, 32)
)

// FixedAccount returns an account that is the same in every run.
func FixedAccount(t testing.TB) Account {
	phrase, err := keys.ParsePhrase(fixedPhrase)
	check(t, err)
	writer, err := keys.WriterKeyFromSeed(fixedSeed)
	check(t, err)
	return certify(t, phrase, writer, Noon)
}

// FixedPeer returns the ID of a node key whose seed is one byte, repeated.
func FixedPeer(t testing.TB, seed byte) peer.ID {
	key, _, err := crypto.GenerateEd25519Key(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	check(t, err)
	id, err := peer.IDFromPrivateKey(key)
	check(t, err)
	return id
}

// Golden is a message and what it is, for a second implementation to compare.
type Golden struct {
	Name  string `json:"name"`
	Bytes string `json:"bytes,omitempty"` // hexadecimal
	Text  string `json:"text,omitempty"`
}

// Bytes is a golden message that is not text.
func Bytes(name string, b []byte) Golden { return Golden{Name: name, Bytes: hex.EncodeToString(b)} }

// CheckGolden compares messages with testdata/messages.json, or rewrites it if
// the test runs with -update.
func CheckGolden(t testing.TB, note string, messages ...Golden) {
	t.Helper()
	const file = "testdata/messages.json"
	got, err := json.MarshalIndent(struct {
		Note       string   `json:"note"`
		Phrase     string   `json:"phrase"`
		WriterSeed string   `json:"writer_seed"`
		Now        string   `json:"now"`
		Messages   []Golden `json:"messages"`
	}{
		note, fixedPhrase,
		hex.EncodeToString(fixedSeed), Noon.Format(time.RFC3339), messages,
	}, "", "  ")
	check(t, err)
	got = append(got, '\n')
	if *update {
		check(t, os.MkdirAll("testdata", 0o755))
		check(t, os.WriteFile(file, got, 0o644))
		return
	}
	want, err := os.ReadFile(file)
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("the bytes on the wire changed from %s; now:\n%s", file, got)
	}
}
