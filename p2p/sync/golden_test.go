package sync_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/repo"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// tap is a host that hands each request on to another and shows what was said.
type tap struct {
	*p2p.Host
	said chan [2][]byte
}

func newTap(t testing.TB, behind *p2p.Host) *tap {
	p := &tap{p2ptest.Host(t), make(chan [2][]byte, 16)}
	p2ptest.Connect(t, p.Host, behind)
	p.Libp2p().SetStreamHandler(psync.Protocol, func(s network.Stream) {
		defer s.Close()
		onward, err := p.Libp2p().NewStream(t.Context(), behind.ID(), psync.Protocol)
		if err != nil {
			t.Error(err)
			return
		}
		var said [2][]byte
		if said[0], err = io.ReadAll(s); err == nil {
			onward.Write(said[0])
			onward.CloseWrite()
			said[1], err = io.ReadAll(onward)
		}
		if err != nil {
			t.Error(err)
		}
		p.said <- said
		s.Write(said[1])
	})
	return p
}

// next returns the bytes of the next exchange.
func (p *tap) next(t testing.TB) (request, answer []byte) {
	t.Helper()
	select {
	case said := <-p.said:
		return said[0], said[1]
	case <-p2ptest.Context(t).Done():
		t.Fatal("nothing was said")
	}
	panic("unreachable")
}

func TestGoldenMessages(t *testing.T) {
	account := p2ptest.FixedAccount(t)
	first := account.Head(t, p2ptest.Noon, nil, p2ptest.Tree(t, 1))
	second := account.Head(t, p2ptest.Noon.Add(1e9), &first, p2ptest.Tree(t, 2))
	a, b := newNode(t, newArchive(t), psync.Limits{}), newNode(t, newArchive(t, []content.Head{first, second}), psync.Limits{})
	between := newTap(t, b.Host)
	p2ptest.Connect(t, a.Host, between.Host)
	var golden []p2ptest.Golden
	said := func(name string) {
		there, back := between.next(t)
		golden = append(golden, p2ptest.Bytes(name, there), p2ptest.Bytes("answer to "+name, back))
	}
	ctx, stranger := p2ptest.Context(t), account.ID
	stranger[0]++
	asked := []psync.Known{{Account: stranger}, {Account: account.ID, Version: first.Version()}}
	if got, err := a.sync.Heads(ctx, between.ID(), asked); err != nil || len(got.Newer) != 1 {
		t.Fatalf("%+v: %v", got, err)
	}
	said("heads")
	from := p2ptest.CommitBlock(t, second).CID
	if got, err := a.sync.Commits(ctx, between.ID(), account.ID, from, content.Version{}); err != nil || len(got) != 2 {
		t.Fatalf("%d commits: %v", len(got), err)
	}
	said("commits")
	if _, err := a.sync.Commits(ctx, between.ID(), account.ID, p2ptest.Tree(t, 1).CID, content.Version{}); content.KindOf(err) != content.NotFound {
		t.Fatal(err)
	}
	said("commits of one not held")
	part := content.NewBlock(content.Raw, []byte("a photo"))
	post := p2ptest.Tree(t, 3, part)
	tree, err := mst.Empty(nil).Put(ctx, "app.rossgram.post/3m2wqk2fzk22a", post.CID)
	if err != nil {
		t.Fatal(err)
	}
	root, nodes, err := tree.Seal()
	if err != nil {
		t.Fatal(err)
	}
	third := account.Head(t, p2ptest.Noon.Add(2e9), &second, content.Block{CID: root})
	held := newArchive(t, []content.Head{first, second, third})
	for _, b := range append(nodes, post, part) {
		held.blocks[b.CID] = b
	}
	c := newNode(t, held, psync.Limits{})
	between = newTap(t, c.Host)
	p2ptest.Connect(t, a.Host, between.Host)
	want := psync.Want{Account: account.ID, Since: second.Version(), Have: []uint32{psync.Prefix(p2ptest.Tree(t, 2).CID)}, Ahead: 1000}
	if got, err := a.sync.Pull(ctx, between.ID(), want, &basin{}); err != nil || got.Blocks != 3 {
		t.Fatalf("%d blocks: %v", got.Blocks, err)
	}
	said("pull")
	if got, err := a.sync.Files(ctx, between.ID(), []cid.Cid{part.CID, post.CID}, &basin{}); err != nil || got.Blocks != 2 {
		t.Fatalf("%d blocks: %v", got.Blocks, err)
	}
	said("files")
	c.named[account.ID] = []peer.AddrInfo{{ID: p2ptest.FixedPeer(t, 1), Addrs: []ma.Multiaddr{ma.StringCast("/ip4/192.0.2.7/tcp/7671")}}}
	if got, err := a.sync.Holders(ctx, between.ID(), []content.AccountID{stranger, account.ID}); err != nil || len(got[1]) != 1 {
		t.Fatalf("%v: %v", got, err)
	}
	said("holders")
	d := newSized(t, sizes{account.ID, psync.Size{Posts: 10, Recent: 3, Records: 5000, Smallest: 40_000, Renditions: 800_000, Sources: 4_000_000}})
	between = newTap(t, d.Host)
	p2ptest.Connect(t, a.Host, between.Host)
	if _, err := a.sync.Size(ctx, between.ID(), account.ID); err != nil {
		t.Fatal(err)
	}
	said("size")
	other := account.Head(t, p2ptest.Noon.Add(2e9), &first, p2ptest.Tree(t, 4))
	fork, err := (&repo.Fork{Earlier: second, Later: other, Before: &first.Commit}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	branch, err := repo.EncodeHead(other)
	if err != nil {
		t.Fatal(err)
	}
	e := newNode(t, newArchive(t, []content.Head{first, second}), psync.Limits{})
	e.against[account.ID] = psync.Evidence{Fork: fork, Branches: [][]byte{branch}}
	between = newTap(t, e.Host)
	p2ptest.Connect(t, a.Host, between.Host)
	if got, err := a.sync.Heads(ctx, between.ID(), asked); err != nil || len(got.Contradicted) != 1 || got.Contradicted[0] != account.ID {
		t.Fatalf("%+v: %v", got, err)
	}
	said("heads where there is evidence")
	if got, err := a.sync.Evidence(ctx, between.ID(), account.ID); err != nil || !bytes.Equal(got.Fork, fork) || len(got.Branches) != 1 {
		t.Fatalf("%+v: %v", got, err)
	}
	said("evidence")
	p2ptest.CheckGolden(t, "What goes over a stream each way, lengths in front: the heads of an account not held and of one of whose two commits the first is known; both commits; a commit that is not held; a pull of a third commit with one post and its photo; the photo and the post's record as files; who else holds an account nobody is known to hold, and one that a peer with one address holds; what an account comes to; heads of a node that has evidence of the account, and that evidence: a fork, and a branch.", golden...)
}
