package daemon_test

import (
	"net/http"
	"strings"
	"testing"

	"rossgram.app/daemon"
)

// standing is what tests look at in GET node and GET follows.
type standing struct {
	Budget struct {
		Metered bool
		Today   struct {
			Down int64 `json:"down_bytes"`
		}
	}
	Warnings []struct{ Code, Message string }
}

func (r *reader) warned(code string) bool {
	r.t.Helper()
	var s standing
	r.call(http.MethodGet, "/api/rossgram/v1/node", nil, &s)
	for _, w := range s.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// reads starts a node that follows the accounts of an author's.
func reads(t *testing.T, author *publisher, change func(*daemon.Config)) (*reader, daemon.Config) {
	t.Helper()
	home := newHome(t, "anna")
	cfg := loopback(t, home)
	cfg.Network.Bootstrap = []string{author.host.Addrs()[0].String()}
	change(&cfg)
	r := &reader{t, home, open(t, cfg)}
	for _, a := range author.accounts {
		r.call(http.MethodPost, "/api/rossgram/v1/follows", map[string]string{"who": a.ID().String()}, nil)
	}
	return r, cfg
}

// TestTheDaysLimitHolds: when it is reached, posts arrive without their photos, it is
// said, and a restart makes no difference.
func TestTheDaysLimitHolds(t *testing.T) {
	author := newPublisher(t, 1)
	id := author.accounts[0]
	author.post(id, 20)
	const most = 6 << 20
	r, cfg := reads(t, author, func(c *daemon.Config) { c.Network.DailyDown = most })
	waitUntil(t, "the warning", func() bool { return r.warned("daily-down") })
	waitUntil(t, "all posts", func() bool { return r.posts(author) == 20 })
	var list []struct{ Phase, Error string }
	waitUntil(t, "word of it at the follow", func() bool {
		r.call(http.MethodGet, "/api/rossgram/v1/follows", nil, &list)
		return len(list) == 1 && list[0].Phase != "current" && strings.Contains(list[0].Error, "network.daily_down")
	})
	oldest := author.posts[id.ID()][0].files[2]
	if code := r.call(http.MethodGet, "/api/rossgram/v1/photos/"+oldest.String(), nil, nil); code != http.StatusServiceUnavailable {
		t.Errorf("a photo on demand: status %d", code)
	}
	author.post(id, 1)
	waitUntil(t, "a new post", func() bool { return r.posts(author) == 21 })
	must(t, r.node.Close())
	r.node = open(t, cfg)
	if !r.warned("daily-down") {
		t.Error("after a restart the day begins anew")
	}
	var s standing
	r.call(http.MethodGet, "/api/rossgram/v1/node", nil, &s)
	// What is under way when the limit is reached still arrives.
	if s.Budget.Today.Down > 2*most {
		t.Errorf("%d bytes were received", s.Budget.Today.Down)
	}
}

// posts returns how many posts of the first account are in its timeline; at most 40.
func (r *reader) posts(author *publisher) int {
	r.t.Helper()
	var f struct {
		AccountID string `json:"account_id"`
	}
	r.call(http.MethodGet, "/api/rossgram/v1/follows/"+author.accounts[0].ID().String(), nil, &f)
	code, answer := r.send(http.MethodGet, "/api/v1/accounts/"+f.AccountID+"/statuses?limit=40", "application/json", nil)
	if code != http.StatusOK {
		return 0
	}
	return strings.Count(string(answer), `"in_reply_to_id"`)
}

// TestAMeteredNodeFetchesSmallPicturesOnly, and the rest when it is not metered any
// more.
func TestAMeteredNodeFetchesSmallPicturesOnly(t *testing.T) {
	author := newPublisher(t, 1)
	id := author.accounts[0]
	author.post(id, 5)
	r, _ := reads(t, author, func(c *daemon.Config) { c.Network.Metered = true })
	r.current(1)
	for _, p := range author.posts[id.ID()] {
		if !r.has(p.files[0]) || r.has(p.files[1]) || r.has(p.files[2]) {
			t.Errorf("renditions here: %v %v %v", r.has(p.files[0]), r.has(p.files[1]), r.has(p.files[2]))
		}
	}
	var b struct{ Metered bool }
	if code := r.call(http.MethodPatch, "/api/rossgram/v1/budget", map[string]bool{"metered": false}, &b); code != http.StatusOK || b.Metered {
		t.Errorf("status %d, %+v", code, b)
	}
	for _, p := range author.posts[id.ID()] {
		waitUntil(t, "the larger renditions", func() bool { return r.has(p.files[1]) && r.has(p.files[2]) })
	}
}

// TestAFollowHasALimitOfItsOwn: of one account is kept what fits, and more when it may.
func TestAFollowHasALimitOfItsOwn(t *testing.T) {
	author := newPublisher(t, 1)
	id := author.accounts[0]
	author.post(id, 20) // 16 MB
	r, _ := reads(t, author, func(c *daemon.Config) { c.Follow.Max = 4 * daemon.MB })
	r.current(1)
	posts := author.posts[id.ID()]
	if newest, oldest := posts[19].files[2], posts[0].files[2]; !r.has(newest) || r.has(oldest) {
		t.Errorf("the newest is here: %v, the oldest: %v", r.has(newest), r.has(oldest))
	}
	path := "/api/rossgram/v1/follows/" + id.ID().String()
	var f struct {
		MaxBytes       int64   `json:"max_bytes"`
		OnDemandBefore *string `json:"on_demand_before"`
	}
	r.call(http.MethodGet, path, nil, &f)
	if f.MaxBytes != 4e6 || f.OnDemandBefore == nil {
		t.Errorf("the follow: %+v", f)
	}
	r.call(http.MethodPatch, path, map[string]int64{"max_bytes": 0}, nil)
	waitUntil(t, "the oldest photo", func() bool { return r.has(posts[0].files[2]) })
	r.call(http.MethodPatch, path, map[string]int64{"max_bytes": 4e6}, nil)
	waitUntil(t, "the oldest photo's going", func() bool { return !r.has(posts[0].files[2]) })
	if !r.has(posts[19].files[2]) {
		t.Error("the newest photo went too")
	}
}
