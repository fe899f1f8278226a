package announce_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/internal/p2ptest"
)

func TestMessageBringsWhatTheHeadLeadsTo(t *testing.T) {
	account := p2ptest.NewAccount(t)
	record := p2ptest.Tree(t, 1)
	node := p2ptest.Tree(t, 2, record)
	root := p2ptest.Tree(t, 3, node)
	stray := p2ptest.Tree(t, 4)
	head := account.Head(t, time.Now(), nil, root)
	b, err := announce.Encode(head, []content.Block{record, stray, p2ptest.CommitBlock(t, head), node, root})
	if err != nil {
		t.Fatal(err)
	}
	got, blocks, err := announce.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version() != head.Version() || got.Account() != account.ID {
		t.Errorf("another head: %v", got.Version())
	}
	want := []content.Block{root, node, record}
	if !slices.EqualFunc(blocks, want, func(a, b content.Block) bool {
		return a.CID.Equals(b.CID) && bytes.Equal(a.Data, b.Data)
	}) {
		t.Errorf("got %d blocks, want root, node and record", len(blocks))
	}
}

func TestGoldenMessages(t *testing.T) {
	record := p2ptest.Tree(t, 1)
	root := p2ptest.Tree(t, 2, record)
	head := p2ptest.FixedAccount(t).Head(t, p2ptest.Noon, nil, root)
	with, err := announce.Encode(head, []content.Block{record, root})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := announce.Encode(head, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := announce.MessageID(&pb.Message{Data: with})
	p2ptest.CheckGolden(t, "Announcements: a head with the root it names and a block under that, which stand for a tree and a record; the head alone; the first one's message ID.",
		p2ptest.Golden{Name: "topic", Text: announce.TopicOf(head.Account())},
		p2ptest.Bytes("head and blocks", with), p2ptest.Bytes("head alone", alone), p2ptest.Bytes("message ID", []byte(id)))
}

func TestMessageTooLargeIsTheHeadAlone(t *testing.T) {
	head, blocks := large(t, 2*announce.MaxMessageSize)
	for _, bs := range [][]content.Block{blocks, slices.Repeat(blocks[:1], 4)} {
		b, err := announce.Encode(head, bs)
		if err != nil || len(b) > announce.MaxMessageSize {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if got, _, err := announce.Decode(b); err != nil || got.Version() != head.Version() {
			t.Errorf("got %v: %v", got.Version(), err)
		}
	}
	b, err := announce.Encode(head, blocks)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := announce.Decode(b); len(got) != 0 {
		t.Errorf("%d blocks of a message that does not fit", len(got))
	}
}

// large returns a head over blocks of so many bytes together.
func large(t *testing.T, size int) (content.Head, []content.Block) {
	var leaves []content.Block
	for i := range size / 1024 {
		data, err := dagcbor.Marshal(map[string]any{"n": i, "fill": make([]byte, 1024)})
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, content.NewBlock(content.DagCBOR, data))
	}
	root := p2ptest.Tree(t, 0, leaves...)
	return p2ptest.NewAccount(t).Head(t, time.Now(), nil, root), append([]content.Block{root}, leaves...)
}

// raw writes a message without the care that Encode takes.
func raw(t testing.TB, head content.Head, blocks ...[]byte) []byte {
	b, err := dagcbor.Marshal(map[string]any{"head": head, "blocks": blocks})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeRefuses(t *testing.T) {
	root := p2ptest.Tree(t, 1)
	head := p2ptest.NewAccount(t).Head(t, time.Now(), nil, root)
	heavy := head
	heavy.Cert.Seal = map[string][]byte{"x25519": make([]byte, content.MaxHeadSize)}
	extra, err := dagcbor.Marshal(map[string]any{"head": head, "blocks": []int{}, "more": 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing":                   {},
		"not CBOR":                  []byte("photo"),
		"a block nothing leads to":  raw(t, head, p2ptest.Tree(t, 2).Data),
		"a block twice":             raw(t, head, root.Data, root.Data),
		"a block not canonical":     raw(t, head, []byte{0x18, 0x01}),
		"a head over the limit":     raw(t, heavy),
		"an unknown field":          extra,
		"over the limit":            raw(t, head, make([]byte, announce.MaxMessageSize)),
		"bytes behind the message":  append(raw(t, head), 0),
		"blocks that are not bytes": must(dagcbor.Marshal(map[string]any{"head": head, "blocks": "none"})),
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := announce.Decode(b); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, _, err := announce.Decode(raw(t, head, root.Data)); err != nil {
		t.Errorf("the sound one: %v", err)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func FuzzDecode(f *testing.F) {
	record := p2ptest.Tree(f, 1)
	root := p2ptest.Tree(f, 2, record)
	head := p2ptest.NewAccount(f).Head(f, time.Now(), nil, root)
	f.Add(raw(f, head))
	f.Add(raw(f, head, root.Data, record.Data))
	f.Add(raw(f, head, record.Data, root.Data))
	f.Fuzz(func(t *testing.T, b []byte) {
		head, blocks, err := announce.Decode(b)
		if err != nil {
			return
		}
		again, err := announce.Encode(head, blocks)
		if err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if _, kept, err := announce.Decode(again); err != nil || len(kept) != len(blocks) {
			t.Errorf("%d of %d blocks survive: %v", len(kept), len(blocks), err)
		}
	})
}
