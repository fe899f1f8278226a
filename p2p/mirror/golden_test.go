package mirror

import (
	"bytes"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
)

// fixedNode is the node of golden messages: its key has the seed of 32 bytes 9.
func fixedNode(t testing.TB) (crypto.PrivKey, peer.ID) {
	key, _, err := crypto.GenerateEd25519Key(bytes.NewReader(bytes.Repeat([]byte{9}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, id
}

func framed(t testing.TB, v any) []byte {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

func TestGoldenMessages(t *testing.T) {
	account := p2ptest.FixedAccount(t)
	key, node := fixedNode(t)
	wish, err := Wish{Cert: account.Cert, Node: node, Cap: 10_000_000_000, Time: p2ptest.Noon}.sign(account.Writer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wish.open(node, p2ptest.Noon); err != nil {
		t.Fatal(err)
	}
	photo := content.NewBlock(content.Raw, []byte("a photo"))
	receipt := Receipt{
		Node: node, Account: account.ID, Version: content.Version{Epoch: 1, Rev: content.NewTID(p2ptest.Noon, 1)}, Time: p2ptest.Noon,
		Posts:  []Post{{content.NewTID(p2ptest.Noon, 1), p2ptest.Tree(t, 1).CID}, {content.NewTID(p2ptest.Noon, 2), p2ptest.Tree(t, 2).CID}},
		Levels: []Level{Whole, Records},
	}
	if err := receipt.sign(key); err != nil {
		t.Fatal(err)
	}
	kept, err := receipt.Encode()
	if err != nil {
		t.Fatal(err)
	}
	said, salt := receipt.statement(), Salt(bytes.Repeat([]byte{5}, SaltSize))
	sum := SumOf(salt, node, photo.Data)
	p2ptest.CheckGolden(t, "What goes over a stream each way, lengths in front, and a receipt as it is kept. The node's key is of 32 bytes 9, the salt is 32 bytes 5, the block sampled is \"a photo\".",
		p2ptest.Bytes("wish", framed(t, request{Wish: wish})),
		p2ptest.Bytes("answer to wish", framed(t, response{Wish: &wishResponse{Accepted, 5_000_000_000, 1234, "Welcome"}})),
		p2ptest.Bytes("changed", framed(t, request{Changed: &changedRequest{account.ID[:]}})),
		p2ptest.Bytes("answer to changed", framed(t, response{Changed: &changedResponse{}})),
		p2ptest.Bytes("receipt", framed(t, request{Receipt: &receiptRequest{account.ID[:], postsOf(receipt.Posts)}})),
		p2ptest.Bytes("answer to receipt", framed(t, response{Receipt: &receiptResponse{said.Epoch, said.Rev, said.Time, said.Levels, receipt.Sig}})),
		p2ptest.Bytes("receipt as it is kept", append(varint.ToUvarint(uint64(len(kept))), kept...)),
		p2ptest.Bytes("samples", framed(t, request{Samples: &samplesRequest{salt[:], []dagcbor.Link{{Cid: photo.CID}}}})),
		p2ptest.Bytes("answer to samples", framed(t, response{Samples: &samplesResponse{sum[:]}})),
		p2ptest.Bytes("no answer", framed(t, response{Error: &wire.Failure{Reason: wire.Busy}})),
	)
}
