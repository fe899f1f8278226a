package daemon_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rossgram.app/daemon"
)

// TestQuotaHoldsUnderLoad follows ten accounts that together have four times what
// the node may use. ROSSGRAM_QUOTA=full makes all of it ten times as large.
func TestQuotaHoldsUnderLoad(t *testing.T) {
	const accounts = 10
	quota, each := int64(50e6), int64(20e6)
	switch full := os.Getenv("ROSSGRAM_QUOTA") == "full"; {
	case full:
		quota, each = 10*quota, 10*each
	case testing.Short():
		t.Skip("moves 100 MB")
	}
	author := newPublisher(t, accounts)
	for _, a := range author.accounts {
		author.post(a, int(each/pictureBytes))
	}
	home := newHome(t, "anna")
	cfg := loopback(t, home)
	cfg.Storage.Max, cfg.Storage.Reserve = daemon.Size(quota), 64*daemon.MB
	cfg.Network.Bootstrap = []string{author.host.Addrs()[0].String()}
	disk := watchDisk(home)
	defer disk.stop()
	r := &reader{t, home, open(t, cfg)}
	r.follow(author)

	r.holdsTheNewest(author, disk, quota)
	r.getsOnDemand(author)
	// New photos find room by the older ones' going.
	for _, a := range author.accounts {
		author.post(a, 4)
	}
	for _, a := range author.accounts {
		posts := author.posts[a.ID()]
		for _, f := range posts[len(posts)-1].files {
			waitUntil(t, "a new photo", func() bool { return r.has(f) })
		}
	}
	r.current(accounts)
	r.hasEveryPost(author)

	// A restart fetches nothing that was left out.
	must(t, r.node.Close())
	r.node = open(t, cfg)
	r.current(accounts)
	if oldest := author.posts[author.accounts[1].ID()][0]; r.has(oldest.files[2]) {
		t.Error("a photo that was left out came by itself")
	}
	// While log files are rewritten on a busy machine the old ones are still there.
	switch most, slack := disk.seen(), quota/4; {
	case most > quota+slack:
		t.Errorf("%d bytes were used at most, of %d", most, quota)
	case most < quota/2:
		t.Errorf("only %d bytes were used, of %d", most, quota)
	}
}

// follow follows all accounts of an author's node and waits for what is to come.
func (r *reader) follow(author *publisher) {
	r.t.Helper()
	for _, a := range author.accounts {
		if code := r.call(http.MethodPost, "/api/rossgram/v1/follows", map[string]string{"who": a.ID().String()}, nil); code != http.StatusAccepted {
			r.t.Fatalf("status %d", code)
		}
	}
	r.current(len(author.accounts))
}

// holdsTheNewest checks that what is newest of every account is here, whole.
func (r *reader) holdsTheNewest(author *publisher, disk *spy, quota int64) {
	r.t.Helper()
	total, whole, smallest := 0, 0, 0
	for _, a := range author.accounts {
		posts := author.posts[a.ID()]
		for i, f := range posts[len(posts)-1].files {
			if !r.has(f) {
				r.t.Errorf("rendition %d of the newest post of %s is not here", i, a.ID().Fingerprint())
			}
		}
		for _, p := range posts {
			total++
			if r.has(p.files[2]) {
				whole++
			}
			if r.has(p.files[0]) {
				smallest++
			}
		}
	}
	r.t.Logf("%d MB of %d MB used at most; of %d posts %d are here whole, %d with their smallest picture",
		disk.seen()/1e6, quota/1e6, total, whole, smallest)
}

// getsOnDemand asks for the oldest photo of the first account, which is not here.
func (r *reader) getsOnDemand(author *publisher) {
	r.t.Helper()
	oldest := author.posts[author.accounts[0].ID()][0].files[2]
	if r.has(oldest) {
		r.t.Fatal("the oldest photo is here: nothing was left out")
	}
	code := r.call(http.MethodGet, "/api/rossgram/v1/photos/"+oldest.String(), nil, nil)
	if code != http.StatusOK || !r.has(oldest) {
		r.t.Errorf("a photo that was left out does not come on demand: status %d", code)
	}
}

// hasEveryPost checks that all posts of all accounts are in their timelines.
func (r *reader) hasEveryPost(author *publisher) {
	r.t.Helper()
	for _, a := range author.accounts {
		var f struct {
			AccountID string `json:"account_id"`
		}
		r.call(http.MethodGet, "/api/rossgram/v1/follows/"+a.ID().String(), nil, &f)
		n, last := 0, ""
		for {
			var page []struct{ ID string }
			r.call(http.MethodGet, fmt.Sprintf("/api/v1/accounts/%s/statuses?limit=40&max_id=%s", f.AccountID, last), nil, &page)
			if len(page) == 0 {
				break
			}
			n, last = n+len(page), page[len(page)-1].ID
		}
		if want := len(author.posts[a.ID()]); n != want {
			r.t.Errorf("%d of %d posts of %s are in the feed", n, want, a.ID().Fingerprint())
		}
	}
}

// spy watches what a home takes on the disk.
type spy struct {
	mu   sync.Mutex
	most int64
	stop func()
}

func watchDisk(home string) *spy {
	s, end, done := new(spy), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			s.look(home)
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	s.stop = func() { close(end); <-done }
	return s
}

func (s *spy) look(home string) {
	total := int64(0)
	for _, db := range []string{"blocks", "large", "state", "index"} {
		entries, _ := os.ReadDir(filepath.Join(home, db)) // it may not be there yet
		for _, e := range entries {
			var st unix.Stat_t
			if unix.Stat(filepath.Join(home, db, e.Name()), &st) == nil { // else it has gone
				total += st.Blocks * 512
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = max(s.most, total)
}

func (s *spy) seen() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}
