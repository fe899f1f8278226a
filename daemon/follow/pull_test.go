package follow_test

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/follow"
	syncing "rossgram.app/p2p/sync"
)

// cost returns how often a node has asked for what brings records, and how many
// blocks it had to fetch one by one.
func (n *node) cost() (asked int64, fetched uint64) {
	n.t.Helper()
	s := n.Sync.Stat()
	x, err := n.Exchange.Stat()
	check(n.t, err)
	return s.Heads + s.Commits + s.Pulls, x.BlocksReceived
}

// TestManyPostsBehind: a reader that was away for 1,000 posts in 200 commits has the
// feed after four round trips at most, and fetches no block by itself.
func TestManyPostsBehind(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	reader.close()
	list := []post{first}
	for range 100 {
		list = append(list, author.posts(9)...)
		list = append(list, author.post("one more"))
	}
	author.delete(first.path)
	reader = reader.again()
	connect(t, reader, author)
	last := list[len(list)-1]
	eventually(t, "the feed", func() bool { return reader.sees(author, last) })
	asked, fetched := reader.cost()
	if asked > 4 || fetched > 0 {
		t.Errorf("%d round trips and %d blocks fetched one by one", asked, fetched)
	}
	for _, p := range list[1:] {
		if !reader.sees(author, p) {
			t.Fatal("a post is missing")
		}
	}
	if reader.sees(author, first) {
		t.Error("what was deleted meanwhile is still there")
	}
	reader.waitFor(author, list[len(list)-20:]...)
}

// heavy makes a post with large photos, random so that nothing is shared.
func (n *node) heavy(photos, size int) post {
	n.t.Helper()
	p := post{path: content.NewPath(content.CollectionPost, clock.Next(time.Now(), 0).String())}
	r := &record.Post{Created: record.TimeOf(time.Now())}
	for range photos {
		data := make([]byte, size)
		rand.Read(data)
		f := content.NewBlock(content.Raw, data)
		p.files = append(p.files, f)
		r.Photos = append(r.Photos, record.Photo{Width: 640, Height: 480, Renditions: []record.File{{
			CID: dagcbor.Link{Cid: f.CID}, Size: int64(size), Type: record.JPEG, Width: 320, Height: 240,
		}}})
	}
	check(n.t, n.Store.Put(n.t.Context(), p.files...))
	n.apply(n.put(&p, r))
	return p
}

// TestHoldersShareALargeAlbum: three nodes that have the photos each send some, and
// no photo comes twice.
func TestHoldersShareALargeAlbum(t *testing.T) {
	t.Parallel()
	author, mirror, _ := pair(t)
	var list []post
	for range 5 {
		list = append(list, author.heavy(16, 1<<20))
	}
	mirror.waitFor(author, list...)
	reader := newNode(t)
	connect(t, reader, author)
	connect(t, reader, mirror)
	for _, holder := range []*node{author, mirror} { // both are known before the first photo is asked for
		check(t, reader.Book.Holds(t.Context(), holder.Host.ID(), []content.AccountID{author.id()}, nil))
	}
	before := mirror.Sync.Stat().BytesSent + author.Sync.Stat().BytesSent
	sentBefore := mirror.Sync.Stat().BytesSent
	reader.follow(author)
	reader.waitFor(author, list...)
	fromMirror := mirror.Sync.Stat().BytesSent - sentBefore
	all := mirror.Sync.Stat().BytesSent + author.Sync.Stat().BytesSent - before
	if fromMirror < 8<<20 || fromMirror > all-8<<20 {
		t.Errorf("the mirror sent %d MiB of %d", fromMirror>>20, all>>20)
	}
	if most := int64(5*16+8) << 20; all > most {
		t.Errorf("%d MiB were sent for 80", all>>20)
	}
}

// cutter is a holder that goes away in the middle of a pull.
type cutter struct {
	archive
	after atomic.Int64 // blocks it still gives
}

func (c *cutter) Block(ctx context.Context, id cid.Cid, b []byte) ([]byte, error) {
	if c.after.Add(-1) < 0 {
		for _, conn := range c.Host.Libp2p().Network().Conns() {
			conn.Close()
		}
		return nil, content.Errorf("cutter.Block", content.Unavailable, "gone")
	}
	return c.archive.Block(ctx, id, b)
}

// TestPullIsCutAndGoesOn: what came before the connection was cut is not sent again
// by the next holder.
func TestPullIsCutAndGoesOn(t *testing.T) {
	t.Parallel()
	author, other, first := pair(t)
	list := append(author.posts(1000), first)
	other.waitFor(author, list[990:]...)
	other.waitPhase(author, follow.Current)
	author.Sync.Close()
	cut := &cutter{archive: archive{author}}
	cut.after.Store(800)
	var err error
	author.Sync, err = syncing.New(author.Host.Libp2p(), syncing.Config{Source: cut, Verify: repo.VerifyHead, FilesOf: follow.Shown})
	check(t, err)
	reader := newNode(t)
	reader.follow(author)
	connect(t, reader, author)
	eventually(t, "the cut", func() bool { return cut.after.Load() < 0 })
	author.close()
	came := reader.Sync.Stat().BytesReceived
	sent := other.Sync.Stat().BytesSent
	connect(t, reader, other)
	reader.waitFor(author, list...)
	if came == 0 {
		t.Error("nothing came before the cut")
	}
	if x, err := reader.Exchange.Stat(); err != nil || x.BlocksReceived > 50 {
		t.Errorf("%d blocks were fetched one by one: %v", x.BlocksReceived, err)
	}
	after := other.Sync.Stat().BytesSent - sent
	fresh := newNode(t)
	fresh.follow(author)
	connect(t, fresh, other)
	fresh.waitFor(author, list...)
	if whole := fresh.Sync.Stat().BytesReceived; after > whole-came*8/10 {
		t.Errorf("%d bytes came before the cut and %d after it, of %d", came, after, whole)
	}
}
