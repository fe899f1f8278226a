package index_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/index"
)

// fiveHundred is a node with a long conversation, some of which was edited or deleted
// by those who said it.
func fiveHundred(b *testing.B) (*world, []person) {
	b.Helper()
	list := people()
	w := newWorld(b, list[0].account)
	w.at = began.Add(3 * time.Hour)
	w.commit(list[1].account, post(tidAt(0), "ben"), w.conversationOf(list[1], 500, list...))
	for _, p := range list[:3] {
		var all []repo.RecordChange
		for i := range 500 {
			if i%len(list) == 0 {
				c := p.comment(postOf(list[1].account, tidAt(0)), tidAt(time.Hour+time.Duration(i)*time.Second), "own")
				all = append(all, w.enter(p.account, c)...)
			}
		}
		if p.account != list[1].account {
			if err := w.ix.Apply(b.Context(), p.id, content.Version{}, p.version, all); err != nil {
				b.Fatal(err)
			}
		}
	}
	return w, list
}

// BenchmarkThread reads a long conversation: with its comments in memory, and just
// after a start.
func BenchmarkThread(b *testing.B) {
	w, list := fiveHundred(b)
	uri := postOf(list[1].account, tidAt(0))
	for name, reopen := range map[string]bool{"warm": false, "cold": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if reopen {
					b.StopTimer()
					w.open()
					b.StartTimer()
				}
				if got, err := w.ix.Thread(b.Context(), list[0].id, uri, index.ThreadPage{}); err != nil || len(got) < 300 {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkResponses asks for what stands under the posts of a page of the home
// timeline.
func BenchmarkResponses(b *testing.B) {
	w, anna := thousand(b)
	var uris []content.URI
	for i, e := range w.home(anna, index.Page{}) {
		uris = append(uris, e.URI)
		for j := range 10 {
			w.commit(newAccount(2000+i*10+j), like(e.URI, 0), reblog(e.URI, 0))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := w.ix.Responses(b.Context(), anna.id, uris...); err != nil || got[0].Likes != 10 {
			b.Fatal(got, err)
		}
	}
}
