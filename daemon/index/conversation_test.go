package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// TestConversations plays what people say to each other's posts in any order, with
// pages that come late and accounts that are dropped and held again, compares what is
// shown with the records, and builds the index anew: the bytes are the same.
func TestConversations(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := newConversation(t, w)
		for i := range rapid.IntRange(5, 40).Draw(rt, "steps") {
			c.step(rt, i)
		}
		c.compare(rt)
		before := w.dump()
		c.rebuild()
		c.compare(rt)
		if after := w.dump(); after != before {
			rt.Fatalf("a rebuild gives other bytes:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// conversation is some people, of whom the first two are of this node.
type conversation struct {
	*world
	people []person
	held   []bool
	late   []content.Block // pages that are not here
}

func newConversation(t *testing.T, w *world) *conversation {
	t.Helper()
	for _, kv := range []*store.KV{w.st.Index().Bucket("index/"), w.st.State().Bucket("index/")} {
		if err := kv.DropAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c := &conversation{world: w, people: people()[:4], held: make([]bool, 4)}
	w.src.blocks, w.at = make(map[cid.Cid][]byte), began.Add(time.Hour)
	w.viewers = []content.AccountID{c.people[0].id, c.people[1].id}
	w.open()
	w.ix.SetStep(3)
	w.ix.SetClock(func() time.Time { return w.at })
	for i := range c.held {
		c.held[i] = true
	}
	return c
}

func (c *conversation) step(t *rapid.T, i int) {
	who := rapid.IntRange(0, len(c.people)-1).Draw(t, "who")
	p := c.people[who]
	switch rapid.IntRange(0, 12).Draw(t, "what") {
	case 0:
		c.drop(who)
		return
	case 1:
		for _, b := range c.late {
			c.src.add(b)
		}
		c.late = nil
		for _, p := range c.people {
			if err := c.ix.FillPages(c.t.Context(), p.id); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	var changes []change
	for j := range rapid.IntRange(1, 3).Draw(t, "changes") {
		changes = add(changes, c.change(t, p, 10*i+j))
	}
	switch {
	case c.held[who]:
		c.commit(p.account, changes...)
	default:
		c.enter(p.account, changes...)
		if rapid.Bool().Draw(t, "held again") {
			c.held[who] = true
			if err := c.ix.Apply(c.t.Context(), p.id, content.Version{}, p.version, p.all()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// drop ends holding an account that is not of this node.
func (c *conversation) drop(who int) {
	if who < 2 {
		return
	}
	c.held[who] = false
	if err := c.ix.Forget(c.t.Context(), c.people[who].id); err != nil {
		c.t.Fatal(err)
	}
}

func (c *conversation) change(t *rapid.T, p person, i int) change {
	of := c.people[rapid.IntRange(0, len(c.people)-1).Draw(t, "of")]
	on := tidAt(time.Duration(rapid.IntRange(0, 2).Draw(t, "post")) * time.Minute)
	uri := postOf(of.account, on)
	at := 10*time.Minute + time.Duration(i)*time.Second
	said := tidAt(20*time.Minute + time.Duration(rapid.IntRange(0, 3).Draw(t, "comment"))*time.Minute)
	gone := rapid.IntRange(0, 3).Draw(t, "taken back?") == 0
	var ch change
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		ch = post(on, fmt.Sprint("post ", i))
	case 1:
		ch = follow(of.account)
	case 2:
		ch = like(uri, at)
	case 3:
		ch = reblog(uri, at)
	case 4:
		ch = p.comment(uri, said, fmt.Sprint("comment ", i), of.id)
	default:
		ch = c.lists(t, p, on, said)
	}
	if gone {
		ch.record = nil
	}
	return ch
}

// lists makes responses of pages of whatever anybody said, some of it on several, some
// of another post, some not signed, and some of it here later.
func (c *conversation) lists(t *rapid.T, p person, on, said content.TID) change {
	var pages []cid.Cid
	count := 0
	for range rapid.IntRange(0, 2).Draw(t, "pages") {
		var list []record.Accepted
		for range rapid.IntRange(1, 3).Draw(t, "comments") {
			by := c.people[rapid.IntRange(0, len(c.people)-1).Draw(t, "by")]
			a := by.accepted(c.t, by.comment(postOf(p.account, on), said, fmt.Sprint("version ", rapid.IntRange(0, 1).Draw(t, "version"))))
			switch rapid.IntRange(0, 6).Draw(t, "as it is?") {
			case 0:
				a.TID++
			case 1:
				a = by.accepted(c.t, by.comment(postOf(by.account, on+1), said, "elsewhere"))
			}
			list = append(list, a)
		}
		page := pageOf(list...)
		if slices.Contains(pages, page.CID) {
			continue
		}
		if _, here := c.src.blocks[page.CID]; !here && rapid.Bool().Draw(t, "late?") {
			c.late = append(c.late, page)
		} else {
			c.src.add(page)
		}
		pages, count = append(pages, page.CID), count+len(list)
	}
	return responses(on, max(count-rapid.IntRange(0, 1).Draw(t, "fewer"), len(pages), 1), tallyOf(7), pages...)
}

func (c *conversation) rebuild() {
	c.t.Helper()
	if err := c.ix.Reset(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	for _, i := range rand.Perm(len(c.people)) {
		if p := c.people[i]; c.held[i] && p.version != (content.Version{}) {
			if err := c.ix.Apply(c.t.Context(), p.id, content.Version{}, p.version, p.all()); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}
