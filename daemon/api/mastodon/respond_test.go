package mastodon_test

import "testing"

func (a *app) act(id, what string) status {
	a.t.Helper()
	return as[status](a.json("POST", "/api/v1/statuses/"+id+"/"+what, nil))
}

func whose(list []account) (s string) {
	for _, a := range list {
		s += a.Username + " "
	}
	return s
}

func TestLikesShowAtOnce(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna, ben := apps[0], apps[1]
	post := anna.post("Sea")
	comment := ben.reply(post.ID, "Lovely")
	for _, id := range []string{post.ID, comment.ID} {
		for range 2 {
			if s := ben.act(id, "favourite"); !s.Favourited || s.Likes != 1 || s.ID != id {
				t.Errorf("liked: %+v", s)
			}
		}
		if s := as[status](anna.get("/api/v1/statuses/" + id)); s.Favourited || s.Likes != 1 {
			t.Errorf("for another: %+v", s)
		}
		if who := whose(as[[]account](anna.get("/api/v1/statuses/" + id + "/favourited_by"))); who != "Ben " {
			t.Errorf("liked by %s", who)
		}
	}
	ben.shows("/api/v1/favourites", "Sea")
	anna.shows("/api/v1/favourites", "")
	for range 2 {
		if s := ben.act(post.ID, "unfavourite"); s.Favourited || s.Likes != 0 {
			t.Errorf("not liked any more: %+v", s)
		}
	}
	ben.shows("/api/v1/favourites", "")
	ben.json("POST", "/api/v1/statuses/12/favourite", nil).refused(404, "")
}

func TestFavouritesAPageAtATime(t *testing.T) {
	_, apps := newNode(t, "Anna")
	anna := apps[0]
	a, b, c := anna.post("a"), anna.post("b"), anna.post("c")
	for _, id := range []string{b.ID, c.ID, a.ID} {
		anna.act(id, "favourite")
		anna.node.pass(1e9)
	}
	first := anna.shows("/api/v1/favourites?limit=2", "a c")
	second := anna.shows(follow(nextLink, first), "b")
	anna.shows(follow(prevLink, second), "a c")
}

func TestAReblogReachesTheTimeline(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben", "Cleo")
	anna, ben, cleo := apps[0], apps[1], apps[2]
	post := anna.post("Sea")
	cleo.json("POST", "/api/v1/accounts/"+ben.num+"/follow", nil)
	r := ben.act(post.ID, "reblog")
	if r.Reblog == nil || r.Reblog.ID != post.ID || !r.Reblog.Reblogged || r.Reblog.Reblogs != 1 || r.Account.ID != ben.num || r.ID == post.ID {
		t.Fatalf("reblogged: %+v", r)
	}
	home := as[[]status](cleo.get("/api/v1/timelines/home"))
	if len(home) != 1 || home[0].ID != r.ID || home[0].Account.ID != ben.num || home[0].Reblog.Account.ID != anna.num || home[0].Reblog.Reblogged {
		t.Fatalf("Cleo's home: %+v", home)
	}
	if s := cleo.act(r.ID, "favourite"); s.ID != post.ID || !s.Favourited || s.Reblog != nil {
		t.Errorf("what was reblogged is liked: %+v", s)
	}
	if who := whose(as[[]account](anna.get("/api/v1/statuses/" + post.ID + "/reblogged_by"))); who != "Ben " {
		t.Errorf("reblogged by %s", who)
	}
	anna.do("DELETE", "/api/v1/statuses/"+r.ID, "", nil).refused(403, "only who reblogged")
	if s := ben.act(post.ID, "unreblog"); s.Reblogged || s.Reblogs != 0 || s.ID != post.ID {
		t.Errorf("taken back: %+v", s)
	}
	cleo.shows("/api/v1/timelines/home", "")
	r = ben.act(post.ID, "reblog")
	as[status](ben.do("DELETE", "/api/v1/statuses/"+r.ID, "", nil))
	if s := as[status](ben.get("/api/v1/statuses/" + post.ID)); s.Reblogged {
		t.Errorf("deleted: %+v", s)
	}
}

func TestACommentCanBeReblogged(t *testing.T) {
	_, apps := newNode(t, "Anna")
	post := apps[0].post("Sea")
	c := apps[0].reply(post.ID, "Lovely")
	r := apps[0].act(c.ID, "reblog")
	if r.Reblog == nil || r.Reblog.ID != c.ID || !r.Reblog.Reblogged || r.Reblog.InReplyTo != post.ID {
		t.Errorf("%+v", r)
	}
	if s := apps[0].act(c.ID, "unreblog"); s.Reblogged {
		t.Errorf("%+v", s)
	}
}
