package publish_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/publish"
)

func TestRepeatedRequestPostsOnce(t *testing.T) {
	w := newWorld(t)
	d := draft(w.upload(1))
	first, err := w.Post(t.Context(), w.me, d, "a key")
	check(t, err)
	again, err := w.Post(t.Context(), w.me, d, "a key")
	if err != nil || again != first {
		t.Errorf("repeated: %v, %v; want %v", again, err, first)
	}
	w.reopen(store.Options{Reserve: 1})
	again, err = w.Post(t.Context(), w.me, draft(), "a key")
	if err != nil || again != first {
		t.Errorf("after a restart: %v, %v; want %v", again, err, first)
	}
	other, err := w.Post(t.Context(), w.me, draft(w.upload(2)), "another key")
	if err != nil || other == first || len(w.posts()) != 2 {
		t.Errorf("another key: %v, %v, %d posts", other, err, len(w.posts()))
	}
	_, err = w.Post(t.Context(), w.me, d, strings.Repeat("k", publish.MaxKeyLen+1))
	wantKind(t, err, content.TooLarge)
}

func TestSameRequestAtOncePostsOnce(t *testing.T) {
	w := newWorld(t)
	d := draft(w.upload(1))
	var all sync.WaitGroup
	uris := make([]content.URI, 10)
	for i := range uris {
		all.Go(func() {
			var err error
			if uris[i], err = w.Post(t.Context(), w.me, d, "a key"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, u := range uris {
		if u != uris[0] {
			t.Errorf("%v and %v", u, uris[0])
		}
	}
	if n := len(w.posts()); n != 1 {
		t.Errorf("%d posts", n)
	}
}

// TestCrashWhilePosting kills the node at each step of a post, and repeats the
// request on what is left: there is one post, whole, in every case.
func TestCrashWhilePosting(t *testing.T) {
	for _, step := range []string{"before the key is noted", "before the commit is signed", "before the answer"} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			d := draft(w.upload(1))
			var left *world
			crash := func() { left = w.crashed() }
			switch step {
			case "before the key is noted":
				crash()
			case "before the commit is signed":
				w.Publisher.Now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.time }
				w.onTime = crash // the repository's clock, when it signs
			default:
				w.onPost = func(content.Version) { crash() }
			}
			made, err := w.Post(t.Context(), w.me, d, "a key")
			check(t, err)
			left.open(store.Options{Reserve: 1})
			t.Cleanup(left.close)
			was := len(left.posts())
			uri, err := left.Post(t.Context(), left.me, d, "a key")
			check(t, err)
			if step != "before the key is noted" && uri != made {
				t.Errorf("the repeated request made %v, the first one %v", uri, made)
			}
			if want := map[bool]int{true: 1}[step == "before the answer"]; was != want {
				t.Errorf("%d posts survived the crash, want %d", was, want)
			}
			all := files(left.post(uri).Photos[0])
			if n := len(left.posts()); n != 1 || left.shown(all) != len(all) {
				t.Errorf("%d posts; %d of %d files are shown", n, left.shown(all), len(all))
			}
			left.pass(25 * time.Hour) // what the crash left goes with time
			_, err = left.Post(t.Context(), left.me, draft(left.upload(2)), "")
			check(t, err)
			_, err = left.Media(t.Context(), left.me, d.Media[0])
			wantKind(t, err, content.NotFound)
			if left.shown(all) != len(all) {
				t.Error("the photo went with its upload")
			}
		})
	}
}

// TestDeletedPostStaysDeleted repeats a request whose post was deleted since.
func TestDeletedPostStaysDeleted(t *testing.T) {
	w := newWorld(t)
	d := draft(w.upload(1))
	uri, err := w.Post(t.Context(), w.me, d, "a key")
	check(t, err)
	_, err = w.Delete(t.Context(), w.me, uri)
	check(t, err)
	for range 2 {
		again, err := w.Post(t.Context(), w.me, draft(w.upload(2)), "a key")
		if err != nil || again != uri || len(w.posts()) != 0 {
			t.Errorf("repeated: %v, %v, %d posts", again, err, len(w.posts()))
		}
		w.reopen(store.Options{Reserve: 1})
	}
}

// TestFailedRequestCanBeMended repeats a key with a draft that can be posted.
func TestFailedRequestCanBeMended(t *testing.T) {
	w := newWorld(t)
	d := draft(w.upload(1))
	d.Caption = strings.Repeat("x", 2201)
	_, err := w.Post(t.Context(), w.me, d, "a key")
	wantKind(t, err, content.TooLarge)
	d.Caption = "shorter"
	uri, err := w.Post(t.Context(), w.me, d, "a key")
	if err != nil || w.post(uri).Caption != "shorter" {
		t.Errorf("%v, %v", uri, err)
	}
}

// TestKeysExpire uses a key again the day after, and deletes its first post: the
// second one keeps the key.
func TestKeysExpire(t *testing.T) {
	w := newWorld(t)
	var uris []content.URI
	for i := range 2 {
		uri, err := w.Post(t.Context(), w.me, draft(w.upload(uint64(i))), "a key")
		check(t, err)
		uris = append(uris, uri)
		w.pass((publish.KeyLifetime + time.Minute) * time.Duration(1-i))
	}
	if uris[0] == uris[1] {
		t.Fatal("a day later the key still stands for the first post")
	}
	_, err := w.Delete(t.Context(), w.me, uris[0])
	check(t, err)
	again, err := w.Post(t.Context(), w.me, draft(), "a key")
	if err != nil || again != uris[1] {
		t.Errorf("repeated: %v, %v; want %v", again, err, uris[1])
	}
}

// TestNothingIsLeftOfOldRequests posts for days and looks at what they leave
// behind beside the posts.
func TestNothingIsLeftOfOldRequests(t *testing.T) {
	w := newWorld(t)
	for day := range 3 {
		for i := range 5 {
			w.upload(uint64(10*day + i)) // which nobody posts
			_, err := w.Post(t.Context(), w.me, draft(w.upload(uint64(100*day+i))), fmt.Sprint(day, " ", i))
			check(t, err)
		}
		w.pass(25 * time.Hour)
	}
	w.reopen(store.Options{Reserve: 1}) // sweeps
	n := 0
	check(t, w.Store.State().Bucket("publish/").View(t.Context(), func(tx *store.Tx) error {
		return tx.Scan(store.Span{KeysOnly: true}, func(_, _ []byte) bool { n++; return true })
	}))
	if n > 0 {
		t.Errorf("%d keys are left", n)
	}
}
