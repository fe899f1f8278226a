package mastodon_test

import (
	"fmt"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
)

// reply answers a status.
func (a *app) reply(to, text string) status {
	a.t.Helper()
	return as[status](a.json("POST", "/api/v1/statuses", map[string]any{"status": text, "in_reply_to_id": to}))
}

// thread is what an app sees around a status: texts, the ancestors before a |.
func (a *app) thread(id string) string {
	a.t.Helper()
	t := as[struct{ Ancestors, Descendants []status }](a.get("/api/v1/statuses/" + id + "/context"))
	return strings.TrimSpace(captions(t.Ancestors) + " | " + captions(t.Descendants))
}

// accept lists comments of apps under a post, as the node of its author does.
func (n *node) accept(author *app, post status, comments ...status) {
	n.t.Helper()
	uri, err := content.ParseURI(post.Rossgram.URI)
	must(n.t, err)
	thread := record.NewThread(uri)
	for _, c := range comments {
		at, err := content.ParseURI(c.Rossgram.URI)
		must(n.t, err)
		tid, err := content.ParseTID(at.Path.RecordKey())
		must(n.t, err)
		v, err := n.replica.View(n.t.Context(), at.Account)
		must(n.t, err)
		b, err := v.Get(n.t.Context(), at.Path)
		must(n.t, err)
		h, _ := n.replica.Hosted(at.Account)
		must(n.t, thread.Put(record.Accepted{TID: tid, Record: b.Data, Cert: h.Keyring.Certificate()}))
	}
	list, pages, err := thread.List()
	must(n.t, err)
	must(n.t, n.store.Put(n.t.Context(), pages...))
	block, err := record.Encode(&record.Responses{Comments: list, Updated: record.TimeOf(n.now())})
	must(n.t, err)
	h, _ := n.replica.Hosted(author.id)
	path := content.NewPath(content.CollectionResponses, uri.Path.RecordKey())
	_, err = h.Apply(n.t.Context(), []repo.Op{repo.Put(path, block, repo.Anything())})
	must(n.t, err)
}

func TestAReplyIsAComment(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna, ben := apps[0], apps[1]
	post := anna.post("Sea")
	c := ben.reply(post.ID, "Lovely #sea @Anna@"+anna.id.Fingerprint())
	if c.InReplyTo != post.ID || c.InReplyToAccount != anna.num || c.Account.ID != ben.num || len(c.Media) != 0 ||
		len(c.Tags) != 1 || len(c.Mentions) != 1 || c.Mentions[0].ID != anna.num || !c.Rossgram.Pending {
		t.Errorf("the comment: %+v", c)
	}
	if again := as[status](ben.get("/api/v1/statuses/" + c.ID)); again.Content != c.Content || again.InReplyTo != post.ID {
		t.Errorf("shown: %+v", again)
	}
	if p := as[status](ben.get("/api/v1/statuses/" + post.ID)); p.Replies != 1 || p.InReplyTo != "" {
		t.Errorf("the post: %+v", p)
	}
	edited := as[status](ben.json("PUT", "/api/v1/statuses/"+c.ID, map[string]any{"status": "Lovely"}))
	if edited.ID != c.ID || edited.Content != "<p>Lovely</p>" || edited.Rossgram.CID == c.Rossgram.CID {
		t.Errorf("edited: %+v", edited)
	}
	if s := as[struct{ Text string }](ben.get("/api/v1/statuses/" + c.ID + "/source")); s.Text != "Lovely" {
		t.Errorf("its source: %+v", s)
	}
	if d := as[status](ben.do("DELETE", "/api/v1/statuses/"+c.ID, "", nil)); d.Text != "Lovely" {
		t.Errorf("deleted: %+v", d)
	}
	ben.get("/api/v1/statuses/"+c.ID).refused(404, "")
}

func TestRepliesThatAreRefused(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna, ben := apps[0], apps[1]
	post := anna.post("Sea")
	c := anna.reply(post.ID, "Mine")
	for name, r := range map[string]struct {
		method, path string
		body         map[string]any
		status       int
		words        string
	}{
		"to nothing":    {"POST", "", map[string]any{"status": "a", "in_reply_to_id": "12"}, 404, "not on this node"},
		"to no number":  {"POST", "", map[string]any{"status": "a", "in_reply_to_id": "x"}, 422, "decimal number"},
		"without words": {"POST", "", map[string]any{"in_reply_to_id": post.ID}, 422, "needs a text"},
		"too long":      {"POST", "", map[string]any{"in_reply_to_id": post.ID, "status": strings.Repeat("x", 2201)}, 422, "2,201"},
		"for one":       {"POST", "", map[string]any{"in_reply_to_id": post.ID, "status": "x", "visibility": "direct"}, 422, "some people only"},
		"a post":        {"PUT", "/" + post.ID, map[string]any{"status": "a"}, 422, "only comments can be edited"},
		"another's":     {"PUT", "/" + c.ID, map[string]any{"status": "a"}, 403, "only its author"},
		"and deleted":   {"DELETE", "/" + c.ID, nil, 403, "only its author"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ben.json(r.method, "/api/v1/statuses"+r.path, r.body)
			got.t = t
			got.refused(r.status, r.words)
		})
	}
}

func TestAThread(t *testing.T) {
	n, apps := newNode(t, "Anna", "Ben")
	anna, ben := apps[0], apps[1]
	post := anna.post("Sea")
	b1 := ben.reply(post.ID, "b1")
	if got := anna.thread(post.ID); got != "|" {
		t.Errorf("before the author's node has taken it, the author sees %q", got)
	}
	if got := ben.thread(post.ID); got != "| b1" {
		t.Errorf("who wrote it sees %q at once", got)
	}
	a1 := anna.reply(b1.ID, "a1")
	b2 := ben.reply(post.ID, "b2")
	b3 := ben.reply(a1.ID, "b3")
	n.accept(anna, post, b1, a1, b2, b3)
	for id, want := range map[string]string{
		post.ID: "| b1 a1 b3 b2", b1.ID: "Sea | a1 b3", a1.ID: "Sea b1 | b3", b3.ID: "Sea b1 a1 |", b2.ID: "Sea |",
	} {
		for _, a := range apps {
			if got := a.thread(id); got != want {
				t.Errorf("around %s: %q, want %q", id, got, want)
			}
		}
	}
	all := as[struct{ Descendants []status }](anna.get("/api/v1/statuses/" + post.ID + "/context")).Descendants
	if c := all[0]; c.Replies != 1 || c.Rossgram.Pending || all[1].InReplyTo != b1.ID || all[1].InReplyToAccount != ben.num {
		t.Errorf("%+v", all)
	}
	ben.do("DELETE", "/api/v1/statuses/"+b1.ID, "", nil)
	if got := anna.thread(post.ID); got != "| a1 b3 b2" {
		t.Errorf("without the first comment: %q", got)
	}
	anna.get("/api/v1/statuses/12/context").refused(404, "")
}

// TestAThreadOfManyIsWhole has more comments than the index gives out at once.
func TestAThreadOfManyIsWhole(t *testing.T) {
	n, apps := newNode(t, "Anna")
	anna := apps[0]
	post := anna.post("Sea")
	var last status
	for i := range 30 {
		to := post.ID
		if i%3 > 0 {
			to = last.ID
		}
		last = anna.reply(to, fmt.Sprint("c", i))
	}
	n.accept(anna, post, last)
	got := strings.Fields(anna.thread(post.ID))
	if len(got) != 31 || got[1] != "c0" || got[30] != "c29" {
		t.Errorf("%d comments: %v", len(got)-1, got)
	}
}
