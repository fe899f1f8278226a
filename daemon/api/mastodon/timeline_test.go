package mastodon_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var nextLink = regexp.MustCompile(`<([^>]*)>; rel="next"`)
var prevLink = regexp.MustCompile(`<([^>]*)>; rel="prev"`)

// follow returns where a Link header leads; "" if nowhere.
func follow(link *regexp.Regexp, r answer) string {
	if m := link.FindStringSubmatch(r.header.Get("Link")); m != nil {
		return m[1]
	}
	return ""
}

func captions(list []status) string {
	var s []string
	for _, p := range list {
		s = append(s, strings.TrimSuffix(strings.TrimPrefix(p.Content, "<p>"), "</p>"))
	}
	return strings.Join(s, " ")
}

func (a *app) shows(path, want string) answer {
	a.t.Helper()
	got := a.get(path)
	if shown := captions(as[[]status](got)); shown != want {
		a.t.Errorf("%s shows %q, want %q", path, shown, want)
	}
	return got
}

func TestTheHomeTimelineAPageAtATime(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna, ben := apps[0], apps[1]
	ids := map[string]string{}
	for i, a := range []*app{anna, ben, anna, ben, anna} {
		caption := fmt.Sprint("p", i+1)
		ids[caption] = a.post(caption).ID
	}
	anna.shows("/api/v1/timelines/home", "p5 p3 p1")
	if r := as[relationship](anna.json("POST", "/api/v1/accounts/"+ben.num+"/follow", nil)); !r.Following || r.Requested || r.FollowedBy {
		t.Errorf("%+v", r)
	}
	first := anna.shows("/api/v1/timelines/home?limit=2", "p5 p4")
	second := anna.shows(follow(nextLink, first), "p3 p2")
	last := anna.shows(follow(nextLink, second), "p1")
	if more := follow(nextLink, last); more != "" {
		t.Errorf("a page behind the last: %s", more)
	}
	anna.shows(follow(prevLink, last), "p3 p2")
	anna.shows(follow(prevLink, second), "p5 p4")
	newest := anna.shows(follow(prevLink, first), "")
	if newest.header.Get("Link") != "" {
		t.Errorf("an empty page links to %s", newest.header.Get("Link"))
	}
	anna.shows("/api/v1/timelines/home?limit=1&since_id="+ids["p1"], "p5")
	anna.shows("/api/v1/timelines/home?limit=1&min_id="+ids["p1"], "p2")
	anna.shows("/api/v1/timelines/home?limit=0", "p5")
	anna.get("/api/v1/timelines/home?max_id=x").refused(422, "decimal number")
	anna.get("/api/v1/timelines/home?limit=x").refused(422, "limit is a number")

	if r := as[relationship](anna.json("POST", "/api/v1/accounts/"+ben.num+"/unfollow", nil)); r.Following {
		t.Errorf("%+v", r)
	}
	anna.shows("/api/v1/timelines/home", "p5 p3 p1")
	ben.shows("/api/v1/timelines/home", "p4 p2")
}

func TestAnAccountsPosts(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	for i := range 3 {
		apps[0].post(fmt.Sprint("p", i+1))
	}
	path := "/api/v1/accounts/" + apps[0].num + "/statuses"
	apps[1].shows(path+"?only_media=true&exclude_replies=true&exclude_reblogs=1", "p3 p2 p1")
	apps[1].shows(path+"?pinned=true", "")
	first := apps[1].shows(path+"?limit=2&only_media=true", "p3 p2")
	next := follow(nextLink, first)
	if !strings.Contains(next, "only_media=true") {
		t.Errorf("the next page forgets what was asked: %s", next)
	}
	apps[1].shows(next, "p1")
	apps[1].get(path+"?tagged=sun").refused(422, "by tag")
	apps[1].get("/api/v1/accounts/12/statuses").refused(404, "no such account")
	if a := as[account](apps[1].get("/api/v1/accounts/" + apps[0].num)); a.StatusesCount != 3 {
		t.Errorf("%+v", a)
	}
}
