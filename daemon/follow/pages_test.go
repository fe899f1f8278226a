package follow_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
)

// listed makes the pages of comments by some nodes under a post.
func listed(t testing.TB, on content.URI, count int, by ...*node) (*record.CommentList, []content.Block) {
	t.Helper()
	thread := record.NewThread(on)
	for i := range count {
		who := by[i%len(by)]
		tid := clock.Next(time.Now(), 0)
		c := &record.Comment{Post: record.SubjectOf(on), Text: fmt.Sprint("comment ", i), Created: record.TimeOf(tid.Time())}
		check(t, c.Sign(tid, who.ring.Certificate(), who.ring.Writer()))
		b, err := record.Encode(c)
		check(t, err)
		check(t, thread.Put(record.Accepted{TID: tid, Record: b.Data, Cert: who.ring.Certificate()}))
	}
	list, blocks, err := thread.List()
	check(t, err)
	return list, blocks
}

// respond has a node list pages under a post. Only here is what is stored.
func (n *node) respond(p post, list *record.CommentList, here ...content.Block) post {
	n.t.Helper()
	check(n.t, n.Store.Put(n.t.Context(), here...))
	r := post{path: content.NewPath(content.CollectionResponses, p.path.RecordKey()), files: here}
	n.apply(n.put(&r, &record.Responses{Comments: list, Updated: record.TimeOf(time.Now())}))
	return r
}

func (n *node) uri(p post) content.URI { return content.URI{Account: n.id(), Path: p.path} }

// pagesOf lists blocks as pages, whatever they are.
func pagesOf(blocks []content.Block) *record.CommentList {
	list := &record.CommentList{Count: len(blocks)}
	for _, b := range blocks {
		list.Pages = append(list.Pages, dagcbor.Link{Cid: b.CID})
	}
	return list
}

// TestThreadCanBeReadWithoutPhotos: the photos are with nobody, and the pages come all
// the same, with a pull and after an announcement.
func TestThreadCanBeReadWithoutPhotos(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p, op := author.write("lost")
	for _, f := range p.files {
		check(t, author.Store.Delete(t.Context(), f.CID))
	}
	author.apply(op)
	list, pages := listed(t, author.uri(p), 300, author, reader)
	if len(pages) < 3 {
		t.Fatalf("only %d pages", len(pages))
	}
	first := author.respond(p, list, pages...)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, first)
	list, pages = listed(t, author.uri(p), 120, reader)
	second := author.respond(p, list, pages...)
	reader.waitFor(author, second)
	eventually(t, "word of the pages", func() bool { return reader.pages.Load() > 0 })
	eventually(t, "the end of pages that nothing lists", func() bool { return !reader.gives(first.files[:1]) })
}

// TestCommentsAreIndexedAsTheyCome: with a pull, and after an announcement, whose pages
// come later than the record.
func TestCommentsAreIndexedAsTheyCome(t *testing.T) {
	t.Parallel()
	author, stranger, reader := newNode(t), newNode(t), start(t, &node{home: newHome(t), indexed: true})
	p := author.post("one")
	list, pages := listed(t, author.uri(p), 150, stranger, reader)
	author.respond(p, list, pages...)
	reader.follow(author)
	connect(t, reader, author)
	reads := func(want int) {
		t.Helper()
		eventually(t, "a thread", func() bool {
			// The reader's own are not in its repository: they count as taken back.
			got, err := reader.index.Thread(t.Context(), reader.id(), author.uri(p), index.ThreadPage{})
			return err == nil && len(got) == want
		})
	}
	reads(75)
	list, pages = listed(t, author.uri(p), 210, stranger)
	author.respond(p, list, pages...)
	reads(210)
}

// TestPageThatNobodyHasKeepsNothingWaiting: neither what is posted later nor photos.
func TestPageThatNobodyHasKeepsNothingWaiting(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p := author.post("one")
	list, pages := listed(t, author.uri(p), 150, author)
	lost := author.respond(p, list, pages[1:]...)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p, lost)
	reader.waitFor(author, author.post("two"))
	reader = reader.again() // and looks for everything that is missing
	connect(t, reader, author)
	reader.waitFor(author, author.post("three"))
	if reader.phase(author) == follow.Current {
		t.Error("the account is said to be complete")
	}
	check(t, author.Store.Put(t.Context(), pages[0]))
	lost.files = pages
	check(t, author.Host.Libp2p().Network().ClosePeer(reader.Host.ID()))
	connect(t, author, reader)
	reader.waitFor(author, lost)
	reader.waitPhase(author, follow.Current)
}

// TestHostilePages: what is listed as pages is none, or is as much as can be, or
// under a post that is not there.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p := author.post("one")
	b, err := record.Encode(&record.Profile{Name: "no page", Created: record.TimeOf(time.Now())})
	check(t, err)
	none := author.respond(p, pagesOf([]content.Block{b}), b)
	var large []content.Block
	for range record.MaxPages {
		data := make([]byte, record.MaxPageSize)
		rand.Read(data)
		large = append(large, content.NewBlock(content.DagCBOR, data))
	}
	missing := post{path: content.NewPath(content.CollectionPost, clock.Next(time.Now(), 0).String())}
	most := author.respond(missing, pagesOf(large), large...)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p, none, most)
	reader.waitPhase(author, follow.Current)
	size, err := reader.Store.Measure(t.Context(), author.id())
	check(t, err)
	if size.Records < record.MaxPages*record.MaxPageSize {
		t.Errorf("%d bytes of records are counted", size.Records)
	}
	s, _ := reader.Keeper.State(author.id())
	if s.Files.Total != len(p.files) {
		t.Errorf("%d photos are counted, want %d", s.Files.Total, len(p.files))
	}
}

// TestPageListedTwice: such a record is none, and refers to nothing.
func TestPageListedTwice(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p := author.post("one")
	_, pages := listed(t, author.uri(p), 1, author)
	check(t, author.Store.Put(t.Context(), pages...))
	good, err := record.Encode(&record.Responses{Comments: pagesOf(pages), Updated: record.TimeOf(time.Now())})
	check(t, err)
	link, err := dagcbor.Marshal(dagcbor.Link{Cid: pages[0].CID})
	check(t, err)
	one := append([]byte{0x81}, link...)
	twice := append(append([]byte{0x82}, link...), link...)
	bad := content.NewBlock(content.DagCBOR, bytes.Replace(good.Data, one, twice, 1))
	if _, err := record.Decode(bad.Data); content.KindOf(err) != content.Invalid {
		t.Fatalf("read: %v", err)
	}
	r := post{path: content.NewPath(content.CollectionResponses, p.path.RecordKey()), cid: bad.CID}
	author.apply(repo.Put(r.path, bad, repo.Anything()))
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p, r)
	reader.waitPhase(author, follow.Current)
	if reader.gives(pages) {
		t.Error("the page came")
	}
}

// TestDamagedPageComesAgain: and whoever reads pages hears of it.
func TestDamagedPageComesAgain(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	p := author.post("one")
	list, pages := listed(t, author.uri(p), 3, author)
	r := author.respond(p, list, pages...)
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, p, r)
	reader.waitPhase(author, follow.Current)
	before := reader.pages.Load()
	check(t, reader.Store.Delete(t.Context(), pages[0].CID))
	check(t, reader.Keeper.LookAgain(t.Context(), author.id()))
	reader.waitFor(author, r)
	eventually(t, "word of it", func() bool { return reader.pages.Load() > before })
}
