package index_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// record returns a record of somebody who is held here; nil if it is not there.
func (c *conversation) record(i int, path content.Path) record.Record {
	id, ok := c.people[i].records[path]
	if !ok || !c.held[i] {
		return nil
	}
	return must(record.Decode(c.src.blocks[id]))
}

func (c *conversation) compare(t *rapid.T) {
	for i, p := range c.people {
		for _, on := range []content.TID{tidAt(0), tidAt(time.Minute), tidAt(2 * time.Minute)} {
			for v := range 2 {
				c.compareThread(t, v, i, on)
				c.compareCounts(t, v, i, on)
			}
		}
		c.compareLikes(t, p)
	}
	for v := range 2 {
		c.compareHome(t, v)
		c.compareNotifications(t, v)
	}
}

func (c *conversation) compareThread(t *rapid.T, viewer, author int, on content.TID) {
	var want []string
	uri := postOf(c.people[author].account, on)
	if c.record(author, postAt(on)) != nil {
		want = c.wantThread(viewer, author, on)
	}
	slices.Sort(want)
	if got := c.thread(c.people[viewer].account, uri); !slices.Equal(got, want) {
		t.Fatalf("thread %s:\n%q, want\n%q", uri, got, want)
	}
}

func (c *conversation) wantThread(viewer, author int, on content.TID) (want []string) {
	uri := postOf(c.people[author].account, on)
	listed := make(map[content.URI][]byte)
	if r, ok := c.record(author, responsesAt(on)).(*record.Responses); ok {
		for _, page := range record.Pages(r) {
			b, here := c.src.blocks[page]
			if !here {
				continue
			}
			good, _ := must(record.DecodePage(b)).Verify(uri)
			for _, v := range good {
				u := content.URI{Account: v.Account, Path: commentAt(v.TID)}
				if listed[u] == nil && len(listed) < r.Comments.Count {
					listed[u] = v.Block.Data
				}
			}
		}
	}
	for i, p := range c.people {
		for u, b := range listed {
			if u.Account != p.id {
				continue
			}
			own, _ := c.record(i, u.Path).(*record.Comment)
			tid := must(content.ParseTID(u.Path.RecordKey()))
			held := c.held[i] && p.version.Rev > tid
			if !held || i != viewer && own != nil && own.Post.URI() == uri {
				want = append(want, describe(p.id, tid, must(record.Decode(b)).(*record.Comment).Text, false))
			}
		}
	}
	for path := range c.people[viewer].records {
		if own, ok := c.record(viewer, path).(*record.Comment); ok && own.Post.URI() == uri {
			p := c.people[viewer]
			pending := !bytes.Equal(listed[uriOf(p.account, path)], c.src.blocks[p.records[path]])
			want = append(want, describe(p.id, must(content.ParseTID(path.RecordKey())), own.Text, pending))
		}
	}
	return want
}

func (c *conversation) compareCounts(t *rapid.T, viewer, author int, on content.TID) {
	uri := postOf(c.people[author].account, on)
	var want index.Responses
	for i, p := range c.people {
		if c.record(i, likeAt(uri)) != nil {
			want.Likes++
			want.Liked = want.Liked || i == viewer
		}
		if c.record(i, reblogAt(uri)) != nil {
			want.Reblogs++
			want.Reblogged = want.Reblogged || i == viewer
		}
		for path := range p.records {
			if r, ok := c.record(i, path).(*record.Comment); ok && r.Post.URI() == uri {
				want.Comments++
			}
		}
	}
	if r, ok := c.record(author, responsesAt(on)).(*record.Responses); ok {
		want.Likes, want.Reblogs, want.Comments = 7, 0, 0
		if r.Comments != nil {
			want.Comments = r.Comments.Count
		}
	}
	got, err := c.ix.Responses(c.t.Context(), c.people[viewer].id, uri)
	if err != nil || got[0] != want {
		t.Fatalf("responses to %s: %+v, want %+v: %v", uri, got, want, err)
	}
}

func (c *conversation) compareLikes(t *rapid.T, who person) {
	type liked struct {
		uri content.URI
		at  record.Time
	}
	var want []liked
	i := slices.IndexFunc(c.people, func(p person) bool { return p.id == who.id })
	for path := range who.records {
		if l, ok := c.record(i, path).(*record.Like); ok && c.knows(l.Subject.URI()) {
			want = append(want, liked{l.Subject.URI(), l.Created})
		}
	}
	slices.SortFunc(want, func(a, b liked) int { return cmp.Compare(b.at, a.at) })
	var got []content.URI
	for page, more := (index.Page{Limit: 2}), true; more; {
		list, err := c.ix.Likes(c.t.Context(), who.id, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			got = append(got, l.URI)
			page.MaxID = l.Cursor
		}
		more = len(list) == 2
	}
	if !slices.EqualFunc(got, want, func(a content.URI, b liked) bool { return a == b.uri }) {
		t.Fatalf("liked: %v, want %v", got, want)
	}
}

// knows reports whether a post is held here.
func (c *conversation) knows(uri content.URI) bool {
	i := slices.IndexFunc(c.people, func(p person) bool { return p.id == uri.Account })
	return i >= 0 && c.record(i, uri.Path) != nil
}

func (c *conversation) compareHome(t *rapid.T, viewer int) {
	type entry struct {
		uri content.URI
		by  content.AccountID
		at  int64
	}
	var all []entry
	for i, p := range c.people {
		if i != viewer && c.record(viewer, followAt(p.account)) == nil {
			continue
		}
		for path := range p.records {
			switch r := c.record(i, path).(type) {
			case *record.Post:
				all = append(all, entry{uri: uriOf(p.account, path), at: must(content.ParseTID(path.RecordKey())).Time().UnixMicro()})
			case *record.Reblog:
				all = append(all, entry{r.Subject.URI(), p.id, int64(r.Created)})
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.at, a.at), bytes.Compare(a.uri.Account[:], b.uri.Account[:]))
	})
	var want, got []string
	for i, e := range all {
		repeated := slices.ContainsFunc(all[i+1:], func(o entry) bool { return o.uri == e.uri })
		if e.by.IsZero() || !repeated && c.knows(e.uri) {
			want = append(want, fmt.Sprint(e.at/1000, e.uri, e.by))
		}
	}
	for page, more := (index.Page{Limit: 3}), true; more; {
		list, err := c.ix.Home(c.t.Context(), c.people[viewer].id, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			by := content.AccountID{}
			if e.Reblog != nil {
				by = e.Reblog.By
			}
			got = append(got, fmt.Sprint(e.ID.Time().UnixMilli(), e.URI, by))
			page.MaxID = e.ID
		}
		more = len(list) == 3
	}
	slices.Sort(want) // posts of one moment stand in the order of their ids
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("home of %d:\n%q, want\n%q", viewer, got, want)
	}
}

func (c *conversation) compareNotifications(t *rapid.T, viewer int) {
	me := c.people[viewer].id
	var want, got []string
	for i, p := range c.people {
		for path := range p.records {
			kind := index.NotificationType("")
			switch r := c.record(i, path).(type) {
			case *record.Follow:
				if r.Subject == me {
					kind = index.NotifyFollow
				}
			case *record.Like:
				if r.Subject.Account == me {
					kind = index.NotifyLike
				}
			case *record.Reblog:
				if r.Subject.Account == me {
					kind = index.NotifyReblog
				}
			case *record.Comment:
				if r.Post.Account == me {
					kind = index.NotifyComment
				} else if slices.Contains(r.Mentions, me) {
					kind = index.NotifyMention
				}
			}
			if kind != "" && p.id != me {
				want = append(want, fmt.Sprint(kind, uriOf(p.account, path)))
			}
		}
	}
	list, err := c.ix.Notifications(c.t.Context(), me, nil, index.Page{Limit: index.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		got = append(got, fmt.Sprint(n.Type, n.Record))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("notifications of %d:\n%q, want\n%q", viewer, got, want)
	}
}
