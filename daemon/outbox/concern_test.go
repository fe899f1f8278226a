package outbox_test

import (
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/daemon/outbox"
)

var noon = record.TimeOf(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

func tid() string { return content.NewTID(noon.Time(), 0).String() }

func subject(who content.AccountID, c content.Collection) record.Subject {
	return record.Subject{Account: who, Path: content.NewPath(c, tid())}
}

// photo shows accounts.
func photo(who ...content.AccountID) record.Photo {
	file := record.File{CID: dagcbor.Link{Cid: content.Sum(content.Raw, []byte("x"))}, Size: 1, Type: record.JPEG, Width: 320, Height: 240}
	p := record.Photo{Width: 320, Height: 240, Renditions: []record.File{file}}
	for _, a := range who {
		p.People = append(p.People, record.Person{Account: a})
	}
	return p
}

// TestWhomARecordConcerns: each account once, and never its author.
func TestWhomARecordConcerns(t *testing.T) {
	me, a, b, c, d := stranger(t), stranger(t), stranger(t), stranger(t), stranger(t)
	post, comment := subject(a, content.CollectionPost), subject(b, content.CollectionComment)
	own := subject(me, content.CollectionPost)
	for name, tc := range map[string]struct {
		key  string
		r    record.Record
		want []content.AccountID
	}{
		"a follow":        {record.FollowKey(a), &record.Follow{Subject: a}, []content.AccountID{a}},
		"a like":          {record.LikeKey(comment), &record.Like{Subject: comment}, []content.AccountID{b}},
		"an own like":     {record.LikeKey(own), &record.Like{Subject: own}, nil},
		"a reblog":        {record.ReblogKey(post), &record.Reblog{Subject: post, Words: "see"}, []content.AccountID{a}},
		"a comment":       {tid(), signed(&record.Comment{Post: post, Text: "x"}), []content.AccountID{a}},
		"an answer":       {tid(), signed(&record.Comment{Post: post, Parent: &comment, Text: "x", Mentions: []content.AccountID{c, a, me}}), []content.AccountID{a, b, c}},
		"a post":          {tid(), &record.Post{Photos: []record.Photo{photo()}}, nil},
		"a post of some":  {tid(), &record.Post{Photos: []record.Photo{photo(b, c), photo(c, d)}, Mentions: []content.AccountID{a, b}}, []content.AccountID{a, b, c, d}},
		"a block":         {record.BlockKey(a), &record.Block{Subject: a}, nil},
		"a follow astray": {record.FollowKey(b), &record.Follow{Subject: a}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			block, err := record.Encode(tc.r)
			check(t, err)
			if got := outbox.Concerned(me, content.NewPath(tc.r.Type(), tc.key), block.Data); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	if got := outbox.Concerned(me, "app.rossgram.like/x", []byte{0xff}); got != nil {
		t.Errorf("nonsense concerns %v", got)
	}
}

func signed(c *record.Comment) *record.Comment {
	c.Epoch, c.Sig = 1, make([]byte, 64)
	return c
}

// TestAnEditIsToldToWhomItConcernedBefore, as one entry for each, however often it is
// edited.
func TestAnEditIsToldToWhomItConcernedBefore(t *testing.T) {
	t.Parallel()
	actor, a, b := newNode(t), newNode(t).speak(), newNode(t).speak()
	connect(t, actor, a)
	p := content.NewPath(content.CollectionPost, tid())
	say := func(who ...content.AccountID) {
		check(t, actor.Store.Put(t.Context(), content.NewBlock(content.Raw, []byte("x"))))
		actor.apply(put(t, p, &record.Post{Photos: []record.Photo{photo()}, Mentions: who, Created: noon}))
	}
	say(a.id())
	waitTold(t, a.box, a.id(), p, true)
	actor.waitEmpty()
	a.close()
	eventually(t, "it to be gone", func() bool { _, there := actor.Host.Peer(a.Host.ID()); return !there })
	say(a.id(), b.id())
	say(b.id())
	if l := actor.pending(); len(l) != 2 {
		t.Fatalf("%+v", l)
	}
	before := a.box.times(p)
	a.box.serve("refused", a.id()) // it is not about the account any more
	connect(t, actor, a.again())
	connect(t, actor, b)
	waitTold(t, b.box, b.id(), p, true)
	actor.waitEmpty()
	if a.box.times(p) != before+1 {
		t.Errorf("told %d times", a.box.times(p)-before)
	}
}
