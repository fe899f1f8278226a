package index_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// person is an account that can sign comments.
type person struct {
	*account
	cert   content.Certificate
	writer keys.WriterKey
}

// certified are some accounts with keys, which take a while to make.
var certified = sync.OnceValue(func() (list []person) {
	for range 5 {
		phrase := must(keys.NewPhrase())
		p := person{account: new(account), writer: keys.NewWriterKey()}
		key := must(phrase.AccountKey())
		p.cert = must(key.Certify(1, p.writer.Public(), must(phrase.SealingKey(1)), began))
		p.id = key.ID()
		list = append(list, p)
	}
	return list
})

// people returns accounts that have said nothing yet.
func people() (list []person) {
	for _, p := range certified() {
		p.account = &account{id: p.id, records: make(map[content.Path]cid.Cid)}
		list = append(list, p)
	}
	return list
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func uriOf(a *account, path content.Path) content.URI { return content.URI{Account: a.id, Path: path} }

func postOf(a *account, tid content.TID) content.URI { return uriOf(a, postAt(tid)) }

func commentAt(tid content.TID) content.Path {
	return content.NewPath(content.CollectionComment, tid.String())
}

func likeAt(on content.URI) content.Path {
	return content.NewPath(content.CollectionLike, record.LikeKey(record.SubjectOf(on)))
}

func like(on content.URI, at time.Duration) change {
	return change{likeAt(on), &record.Like{Subject: record.SubjectOf(on), Created: record.TimeOf(began.Add(at))}}
}

func reblogAt(on content.URI) content.Path {
	return content.NewPath(content.CollectionReblog, record.ReblogKey(record.SubjectOf(on)))
}

func reblog(on content.URI, at time.Duration) change {
	return change{reblogAt(on), &record.Reblog{Subject: record.SubjectOf(on), Created: record.TimeOf(began.Add(at))}}
}

// comment is what somebody says under a post.
func (p person) comment(on content.URI, tid content.TID, text string, mentions ...content.AccountID) change {
	c := &record.Comment{Post: record.SubjectOf(on), Text: text, Created: record.TimeOf(tid.Time()), Mentions: mentions}
	if err := c.Sign(tid, p.cert, p.writer); err != nil {
		panic(err)
	}
	return change{commentAt(tid), c}
}

// accepted is a comment as an author's node takes it.
func (p person) accepted(t testing.TB, c change) record.Accepted {
	t.Helper()
	tid := must(content.ParseTID(c.path.RecordKey()))
	return record.Accepted{TID: tid, Record: encode(t, c.record).Data, Cert: p.cert}
}

// pageOf is a page that has been made by hand.
func pageOf(list ...record.Accepted) content.Block {
	p := new(record.Page)
	at := make(map[content.AccountID]int)
	for _, a := range list {
		by, there := at[a.Cert.Account]
		if !there {
			by = len(p.Writers)
			at[a.Cert.Account] = by
			p.Writers = append(p.Writers, a.Cert)
		}
		p.Comments = append(p.Comments, record.Listed{By: by, TID: a.TID, Record: a.Record})
	}
	return must(record.EncodePage(p))
}

func responsesAt(tid content.TID) content.Path {
	return content.NewPath(content.CollectionResponses, tid.String())
}

// responses lists pages under the post of a TID.
func responses(tid content.TID, count int, likes *record.Tally, pages ...cid.Cid) change {
	r := &record.Responses{Likes: likes, Updated: record.TimeOf(began)}
	if len(pages) > 0 {
		r.Comments = &record.CommentList{Count: count}
		for _, c := range pages {
			r.Comments.Pages = append(r.Comments.Pages, dagcbor.Link{Cid: c})
		}
	}
	return change{responsesAt(tid), r}
}

// tallyOf counts some accounts.
func tallyOf(n int, newest ...content.AccountID) *record.Tally {
	return &record.Tally{Count: int64(n), Root: make([]byte, 32), Newest: newest}
}

func (w *world) thread(viewer *account, on content.URI) (list []string) {
	w.t.Helper()
	comments, err := w.ix.Thread(w.t.Context(), viewer.id, on, index.ThreadPage{})
	if err != nil && content.KindOf(err) != content.NotFound {
		w.t.Fatal(err)
	}
	for _, c := range comments {
		list = append(list, describe(c.Author, c.TID, c.Comment.Text, c.Pending))
		if byID, err := w.ix.Comment(w.t.Context(), c.ID); err != nil || byID.URI != c.URI {
			w.t.Errorf("comment %s: %v", c.ID, err)
		}
	}
	return list
}

// describe says what a comment is. Sorted, it is in the order of a thread.
func describe(by content.AccountID, tid content.TID, text string, pending bool) string {
	s := fmt.Sprintf("%s %x %s", tid, by[:8], text)
	if pending {
		s += " pending"
	}
	return s
}
