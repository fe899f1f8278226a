package repo_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/mst"
	"rossgram.app/content/repo"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden is a repository that a second implementation can make and check.
type golden struct {
	Note       string            `json:"note"`
	Phrase     string            `json:"phrase"`
	WriterSeed string            `json:"writer_seed"`
	Now        string            `json:"now"`
	Records    map[string]string `json:"records"` // path → CID
	Head       string            `json:"head"`
	CommitCID  string            `json:"commit_cid"`
	Blocks     []goldenBlock     `json:"blocks"`
}

type goldenBlock struct {
	CID  string `json:"cid"`
	Data string `json:"data"`
}

const goldenNote = "A repository of three records and one commit. Bytes are hexadecimal. The account and its sealing key come from the phrase, the writer key from the seed; signatures are Ed25519 and so repeat exactly. Blocks: tree nodes (children first), records by path, the commit."

func goldenWriter(t testing.TB) writer {
	t.Helper()
	phrase, err := keys.ParsePhrase(strings.Repeat("abandon ", 23) + "art") // of 256 zero bits, BIP-39's test vectors
	check(t, err)
	account, err := phrase.AccountKey()
	check(t, err)
	key, err := keys.WriterKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	check(t, err)
	return writer{account: account, phrase: phrase}.certifyKey(t, 1, key)
}

func makeGolden(t testing.TB) (golden, content.Head, *disk) {
	t.Helper()
	g := golden{
		Note: goldenNote, Phrase: strings.Repeat("abandon ", 23) + "art",
		WriterSeed: strings.Repeat("07", 32), Now: noon.Format("2006-01-02T15:04:05Z"), Records: map[string]string{},
	}
	d, w := newDisk(), goldenWriter(t)
	tree, records := mst.Empty(d), []content.Block(nil)
	for i, text := range []string{"first", "second", "third"} {
		b := record(t, text)
		var err error
		tree, err = tree.Put(context.Background(), string(path(i)), b.CID)
		check(t, err)
		records = append(records, b)
		g.Records[string(path(i))] = b.CID.String()
	}
	root, blocks, err := tree.Seal()
	check(t, err)
	h, err := repo.Sign(content.Commit{
		Version: content.CommitVersion, Account: w.cert.Account, Epoch: 1,
		Rev: content.NewTID(noon, 7), Data: dagcbor.Link{Cid: root},
	}, w.cert, w.key)
	check(t, err)
	head, err := repo.EncodeHead(h)
	check(t, err)
	g.Head, g.CommitCID = hex.EncodeToString(head), block(t, h).CID.String()
	for _, b := range append(append(blocks, records...), block(t, h)) {
		d.add(b)
		g.Blocks = append(g.Blocks, goldenBlock{b.CID.String(), hex.EncodeToString(b.Data)})
	}
	return g, h, d
}

func TestGoldenRepository(t *testing.T) {
	const file = "testdata/repository.json"
	g, _, d := makeGolden(t)
	got, err := json.MarshalIndent(g, "", " ")
	check(t, err)
	got = append(got, '\n')
	if *update {
		check(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("the format has changed; got\n%s", got)
	}
	raw, err := hex.DecodeString(g.Head)
	check(t, err)
	h, err := repo.DecodeHead(raw)
	check(t, err)
	check(t, repo.VerifyHead(h, noon))
	for p, c := range g.Records {
		b, err := repo.NewView(d, h).Get(context.Background(), content.Path(p))
		check(t, err)
		if b.CID.String() != c {
			t.Errorf("%s is %s", p, b.CID)
		}
	}
}

func FuzzDecodeHead(f *testing.F) {
	g, h, _ := makeGolden(f)
	raw, err := hex.DecodeString(g.Head)
	check(f, err)
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add([]byte{0xa0})
	f.Add(block(f, h).Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := repo.DecodeHead(b)
		if err != nil {
			return
		}
		again, err := repo.EncodeHead(h)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x is written again as %x: %v", b, again, err)
		}
		_ = repo.VerifyHead(h, noon)
	})
}

func FuzzDecodeCommit(f *testing.F) {
	_, h, _ := makeGolden(f)
	f.Add(block(f, h).Data)
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := repo.DecodeCommit(b)
		if err != nil {
			return
		}
		again, err := repo.CommitBlock(c)
		if err != nil || !bytes.Equal(again.Data, b) {
			t.Fatalf("%x is written again as %x: %v", b, again.Data, err)
		}
	})
}

func FuzzDecodeFork(f *testing.F) {
	w := goldenWriter(f)
	b, err := (&repo.Fork{Earlier: w.commit(f, 0, nil, "a"), Later: w.commit(f, 0, nil, "b")}).Encode()
	check(f, err)
	f.Add(b)
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if fork, err := repo.DecodeFork(b); err == nil && fork.Verify() != nil {
			t.Fatal("decoded, and not valid")
		}
	})
}

func BenchmarkVerifyCommitAndProof(b *testing.B) {
	_, h, d := makeGolden(b)
	proof, err := repo.NewView(d, h).Prove(context.Background(), path(1))
	check(b, err)
	b.ReportAllocs()
	for b.Loop() {
		check(b, repo.VerifyHead(h, noon))
		_, err := repo.VerifyRecord(h, path(1), proof)
		check(b, err)
	}
}
