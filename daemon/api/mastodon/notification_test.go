package mastodon_test

import (
	"strings"
	"testing"
)

type notification struct {
	ID, Type  string
	CreatedAt string `json:"created_at"`
	Account   account
	Status    *status
	Rossgram  struct{ Type, URI string }
}

// told is what happened, the newest first: who did what.
func (a *app) told(path string) (string, answer) {
	a.t.Helper()
	got := a.get(path)
	var s []string
	for _, n := range as[[]notification](got) {
		if n.CreatedAt == "" || n.Account.ID == "" || (n.Type != "follow") != (n.Status != nil) {
			a.t.Errorf("incomplete: %+v", n)
		}
		s = append(s, n.Account.Username+" "+n.Rossgram.Type)
	}
	return strings.Join(s, ", "), got
}

// newsOf is a node where Ben and Cleo have something to tell Anna.
func newsOf(t *testing.T) (anna, ben, cleo *app, post status) {
	_, apps := newNode(t, "Anna", "Ben", "Cleo")
	anna, ben, cleo = apps[0], apps[1], apps[2]
	post = anna.post("Sea")
	ben.json("POST", "/api/v1/accounts/"+anna.num+"/follow", nil)
	ben.act(post.ID, "favourite")
	cleo.act(post.ID, "reblog")
	ben.reply(post.ID, "Lovely")
	cleo.post("With @Anna@" + anna.id.Fingerprint())
	return anna, ben, cleo, post
}

func (a *app) tells(path, want string) answer {
	a.t.Helper()
	got, r := a.told(path)
	if got != want {
		a.t.Errorf("%s tells %q, want %q", path, got, want)
	}
	return r
}

const allNews = "Cleo mention, Ben comment, Cleo reblog, Ben like, Ben follow"

func TestNotifications(t *testing.T) {
	anna, ben, _, post := newsOf(t)
	const path = "/api/v1/notifications"
	got := as[[]notification](anna.tells(path, allNews))
	if got[1].Type != "mention" || got[1].Status.InReplyTo != post.ID || got[3].Type != "favourite" || got[3].Status.ID != post.ID || got[3].Status.Likes != 1 {
		t.Errorf("%+v", got)
	}
	ben.tells(path, "")
	anna.tells(path+"?types[]=favourite&types[]=reblog", "Cleo reblog, Ben like")
	anna.tells(path+"?exclude_types[]=mention&exclude_types[]=follow", "Cleo reblog, Ben like")
	anna.tells(path+"?types[]=poll", "")
	anna.tells(path+"?account_id="+ben.num, "Ben comment, Ben like, Ben follow")

	first := anna.tells(path+"?limit=2", "Cleo mention, Ben comment")
	second := anna.tells(follow(nextLink, first), "Cleo reblog, Ben like")
	last := anna.tells(follow(nextLink, second), "Ben follow")
	anna.tells(follow(prevLink, last), "Cleo reblog, Ben like")
	anna.tells(follow(prevLink, first), "")
	anna.tells(path+"?limit=1&account_id="+ben.num+"&max_id="+got[1].ID, "Ben like")
	anna.get(path+"?max_id=x").refused(422, "decimal number")

	if n := as[notification](anna.get(path + "/" + got[3].ID)); n.Type != "favourite" || n.Status.ID != post.ID {
		t.Errorf("one: %+v", n)
	}
	ben.get(path+"/"+got[3].ID).refused(404, "no such notification")
}

func TestNotificationsAreDismissed(t *testing.T) {
	anna, _, _, post := newsOf(t)
	const path = "/api/v1/notifications"
	all := as[[]notification](anna.get(path))
	for range 2 {
		as[map[string]any](anna.json("POST", path+"/"+all[0].ID+"/dismiss", nil))
	}
	anna.tells(path, "Ben comment, Cleo reblog, Ben like, Ben follow")
	// Of a post that is gone nothing is told.
	anna.do("DELETE", "/api/v1/statuses/"+post.ID, "", nil)
	anna.tells(path, "Ben comment, Ben follow")
	anna.get(path+"/"+all[3].ID).refused(404, "")
	as[map[string]any](anna.json("POST", path+"/clear", nil))
	anna.tells(path, "")
}

func TestWhatWasReadIsRemembered(t *testing.T) {
	anna, _, _, _ := newsOf(t)
	unread := func() float64 {
		return as[map[string]float64](anna.get("/api/v1/notifications/unread_count"))["count"]
	}
	if n := unread(); n != 5 {
		t.Errorf("%v are unread, want 5", n)
	}
	if n := as[map[string]float64](anna.get("/api/v1/notifications/unread_count?limit=2"))["count"]; n != 2 {
		t.Errorf("%v are counted of at most 2", n)
	}
	all := as[[]notification](anna.get("/api/v1/notifications"))
	body := map[string]any{"notifications": map[string]any{"last_read_id": all[2].ID}, "home": map[string]any{"last_read_id": "1"}}
	type markers map[string]struct {
		ID string `json:"last_read_id"`
	}
	for _, m := range []markers{as[markers](anna.json("POST", "/api/v1/markers", body)), as[markers](anna.get("/api/v1/markers?timeline[]=notifications"))} {
		if m["notifications"].ID != all[2].ID {
			t.Errorf("%v", m)
		}
	}
	if n := unread(); n != 2 {
		t.Errorf("%v are unread, want 2", n)
	}
}
