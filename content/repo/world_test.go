package repo_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/repo"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// writer is one machine of an account whose phrase the test has.
type writer struct {
	account keys.AccountKey
	phrase  keys.Phrase
	key     keys.WriterKey
	cert    content.Certificate
}

func newWriter(t testing.TB) writer {
	t.Helper()
	phrase, err := keys.NewPhrase()
	check(t, err)
	account, err := phrase.AccountKey()
	check(t, err)
	return writer{account: account, phrase: phrase}.certify(t, 1)
}

// certify returns another machine of the account.
func (w writer) certify(t testing.TB, e content.Epoch) writer {
	t.Helper()
	return w.certifyKey(t, e, keys.NewWriterKey())
}

func (w writer) certifyKey(t testing.TB, e content.Epoch, key keys.WriterKey) writer {
	t.Helper()
	seal, err := w.phrase.SealingKey(e)
	check(t, err)
	w.key = key
	w.cert, err = w.account.Certify(e, w.key.Public(), seal, noon)
	check(t, err)
	return w
}

// commit signs a commit over a made-up root.
func (w writer) commit(t testing.TB, at time.Duration, prev *content.Head, root string) content.Head {
	t.Helper()
	c := content.Commit{
		Version: content.CommitVersion, Account: w.cert.Account, Epoch: w.cert.Epoch,
		Rev: content.NewTID(noon.Add(at), 1), Data: dagcbor.Link{Cid: content.Sum(content.DagCBOR, []byte(root))},
	}
	if prev != nil {
		c.Prev = dagcbor.LinkTo(block(t, *prev).CID)
	}
	h, err := repo.Sign(c, w.cert, w.key)
	check(t, err)
	return h
}

func block(t testing.TB, h content.Head) content.Block {
	t.Helper()
	b, err := repo.CommitBlock(h.Commit)
	check(t, err)
	return b
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, k content.Kind) {
	t.Helper()
	if err == nil || content.KindOf(err) != k {
		t.Fatalf("got error %v, want kind %v", err, k)
	}
}

// disk is a source and a journal in memory.
type disk struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	heads  []content.Head
	fail   error
}

func newDisk() *disk { return &disk{blocks: map[cid.Cid][]byte{}} }

func (d *disk) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.blocks[c]
	if !ok {
		return nil, content.Errorf("disk.Get", content.NotFound, "no block "+c.String())
	}
	return b, nil
}

func (d *disk) add(blocks ...content.Block) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range blocks {
		d.blocks[b.CID] = b.Data
	}
}

func (d *disk) Publish(_ context.Context, c *repo.Change) error {
	if d.fail != nil {
		return d.fail
	}
	d.add(c.Blocks...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heads = append(d.heads, c.Head)
	for _, n := range c.Dropped {
		delete(d.blocks, n)
	}
	return nil
}

func open(t testing.TB, d *disk, w writer, head content.Head) *repo.Repo {
	t.Helper()
	r, err := tryOpen(d, w, head)
	check(t, err)
	t.Cleanup(func() { check(t, r.Close()) })
	return r
}

func tryOpen(d *disk, w writer, head content.Head) (*repo.Repo, error) {
	return repo.Open(context.Background(), repo.Config{
		Source: d, Journal: d, Head: head, Certificate: w.cert, Signer: w.key,
		Now: func() time.Time { return noon },
	})
}

func record(t testing.TB, text string) content.Block {
	t.Helper()
	b, err := dagcbor.Marshal(map[string]string{"$type": "app.rossgram.post", "text": text})
	check(t, err)
	return content.NewBlock(content.DagCBOR, b)
}

func path(n int) content.Path {
	return content.NewPath(content.CollectionPost, content.NewTID(noon.Add(time.Duration(n)*time.Hour), 0).String())
}

func apply(t testing.TB, r *repo.Repo, ops ...repo.Op) *repo.Change {
	t.Helper()
	c, err := r.Apply(context.Background(), ops)
	check(t, err)
	return c
}
