package mailbox_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

// book is an account's repository in memory.
type book struct {
	t       testing.TB
	account p2ptest.Account
	blocks  map[cid.Cid][]byte
	tree    *mst.Tree
	head    content.Head
	at      time.Time // of the next commit
}

func newBook(t testing.TB) *book {
	return bookOf(t, p2ptest.NewAccount(t), time.Now().Add(-time.Hour))
}

func bookOf(t testing.TB, account p2ptest.Account, at time.Time) *book {
	return &book{t: t, account: account, blocks: make(map[cid.Cid][]byte), tree: mst.Empty(nil), at: at}
}

func (b *book) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	data, ok := b.blocks[c]
	if !ok {
		return nil, content.Errorf("book.Get", content.NotFound, "not here")
	}
	return data, nil
}

func (b *book) put(p content.Path, r content.Block) {
	b.blocks[r.CID] = r.Data
	tree, err := b.tree.Put(context.Background(), string(p), r.CID)
	check(b.t, err)
	b.tree = tree
}

func (b *book) remove(p content.Path) {
	tree, err := b.tree.Delete(context.Background(), string(p))
	check(b.t, err)
	b.tree = tree
}

// commit signs what is in the tree.
func (b *book) commit() content.Head {
	root, nodes, err := b.tree.Seal()
	check(b.t, err)
	for _, n := range nodes {
		b.blocks[n.CID] = n.Data
	}
	b.tree = mst.Load(b, root)
	var prev *content.Head
	if !b.head.Account().IsZero() {
		prev = &b.head
	}
	b.head = b.account.Head(b.t, b.at, prev, content.Block{CID: root})
	b.at = b.at.Add(time.Second)
	return b.head
}

func (b *book) says(p content.Path) mailbox.Statement {
	b.t.Helper()
	s, err := mailbox.StatementOf(context.Background(), repo.NewView(b, b.head), p)
	check(b.t, err)
	return s
}

func (b *book) draft(target content.AccountID, p content.Path) mailbox.Draft {
	return mailbox.Draft{Target: target, Statement: b.says(p)}
}

func (b *book) notice(target content.AccountID, p content.Path) mailbox.Notice {
	b.t.Helper()
	return verified(b.t, b.draft(target, p))
}

func verified(t testing.TB, d mailbox.Draft) mailbox.Notice {
	t.Helper()
	n, err := mailbox.Verify(d, repo.VerifyHead, time.Now())
	check(t, err)
	return n
}

// follow puts a follow into the tree and returns its path.
func (b *book) follow(subject content.AccountID) content.Path {
	r, err := record.Encode(&record.Follow{Subject: subject, Created: record.TimeOf(p2ptest.Noon)})
	check(b.t, err)
	p := followPath(subject)
	b.put(p, r)
	return p
}

func followPath(subject content.AccountID) content.Path {
	return content.NewPath(content.CollectionFollow, record.FollowKey(subject))
}

// shelf fills the tree with n records, of so many bytes each.
func (b *book) shelf(n, size int) []content.Path {
	paths := make([]content.Path, n)
	for i := range paths {
		paths[i] = content.Path(fmt.Sprintf("app.rossgram.like/%06d", i))
		data, err := dagcbor.Marshal(map[string]any{"n": i, "text": make([]byte, size)})
		check(b.t, err)
		b.put(paths[i], content.NewBlock(content.DagCBOR, data))
	}
	return paths
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
