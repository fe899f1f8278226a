package publish_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/publish"
)

// TestNothingIsShownBeforeThePost follows two photos from upload to deletion.
func TestNothingIsShownBeforeThePost(t *testing.T) {
	w := newWorld(t)
	keep := publish.UploadOptions{Options: photo.Options{KeepSource: true}}
	m, err := w.Upload(t.Context(), w.me, bytes.NewReader(jpegOf(t, 1)), keep)
	check(t, err)
	other := w.upload(2)
	all := files(m.Photo)
	if m.Photo.Source == nil || w.shown(append(all, files(other.Photo)...)) > 0 {
		t.Fatal("an upload is shown, or has no source")
	}
	w.onPost = func(content.Version) {
		if w.shown(all) != len(all) {
			t.Error("the post is told of before its photo can be seen")
		}
	}
	uri, err := w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
	w.onPost = nil
	if w.shown(all) != len(all) || w.shown(files(other.Photo)) > 0 {
		t.Error("what is shown is not the post")
	}
	if p := w.post(uri); p.Caption != "Sea and sky" || !slices.Equal(files(p.Photos[0]), all) {
		t.Errorf("posted %+v", p)
	}
	deleted, err := w.Delete(t.Context(), w.me, uri)
	check(t, err)
	if w.shown(all) > 0 || len(w.posts()) > 0 || deleted.(*record.Post).Caption != "Sea and sky" {
		t.Errorf("%d files are shown of a deleted post", w.shown(all))
	}
	_, err = w.Delete(t.Context(), w.me, uri)
	wantKind(t, err, content.NotFound)
}

// TestBlocksOutliveCollection collects what nobody needs, long after the upload.
func TestBlocksOutliveCollection(t *testing.T) {
	w := newWorld(t)
	waiting, posted := w.upload(1), w.upload(2)
	uri, err := w.Post(t.Context(), w.me, draft(posted), "")
	check(t, err)
	w.reopen(store.Options{Reserve: 1})
	_, err = w.Store.GC(t.Context())
	check(t, err)
	_, err = w.MediaFile(t.Context(), w.me, waiting.ID, 320)
	check(t, err)
	_, err = w.Store.Get(t.Context(), w.post(uri).Photos[0].Renditions[0].CID.Cid)
	check(t, err)
}

func TestUploadIsPostedOnce(t *testing.T) {
	w := newWorld(t)
	m := w.upload(1)
	_, err := w.Post(t.Context(), w.me, draft(m, m), "")
	wantKind(t, err, content.Invalid)
	_, err = w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
	_, err = w.Post(t.Context(), w.me, draft(m), "")
	wantKind(t, err, content.NotFound)
	if !strings.Contains(err.Error(), "upload the photo again") {
		t.Errorf("%v does not say what to do", err)
	}
	// Another photo of the same pixels is another upload.
	_, err = w.Post(t.Context(), w.me, draft(w.upload(1)), "")
	check(t, err)
}

// TestPostLimits counts as people do: a family is one character, though it is
// many code points.
func TestPostLimits(t *testing.T) {
	w := newWorld(t)
	const family = "👨‍👩‍👧‍👦"
	var crowd []publish.Media
	for i := range 21 {
		crowd = append(crowd, w.upload(uint64(i)))
	}
	one := crowd[:1]
	caption := func(s string) publish.Draft { d := draft(one...); d.Caption = s; return d }
	for _, c := range []struct {
		name  string
		draft publish.Draft
		kind  content.Kind
		says  string
	}{
		{"no photo", draft(), content.Invalid, "at least one photo"},
		{"21 photos", draft(crowd...), content.Invalid, "at most 20 photos"},
		{"a caption too long", caption(strings.Repeat("é", 2201)), content.TooLarge, "2,201 characters"},
		{"too many families", caption(strings.Repeat("x", 2000) + strings.Repeat(family, 201)), content.TooLarge, "2,201 characters"},
		{"an unknown upload", publish.Draft{Media: []publish.MediaID{12345}}, content.NotFound, "no such upload"},
		{"a tag of two words", publish.Draft{Media: draft(one...).Media, Tags: []string{"two words"}}, content.Invalid, "two words"},
		{"a language made up", publish.Draft{Media: draft(one...).Media, Lang: "no language"}, content.Invalid, "BCP 47"},
	} {
		_, err := w.Post(t.Context(), w.me, c.draft, "")
		if content.KindOf(err) != c.kind || !strings.Contains(content.Message(err), c.says) {
			t.Errorf("%s: %v, want %v and %q", c.name, err, c.kind, c.says)
		}
	}
	if n := len(w.posts()); n > 0 {
		t.Fatalf("%d posts were made", n)
	}
	_, err := w.Post(t.Context(), w.me, caption(strings.Repeat("x", 2000)+strings.Repeat(family, 200)), "")
	check(t, err)
	_, err = w.Post(t.Context(), w.me, draft(crowd[1:]...), "")
	check(t, err)
}

func TestOthersUploadsAndAccounts(t *testing.T) {
	w := newWorld(t)
	ring := newRing(t)
	_, err := w.repos.Host(t.Context(), ring)
	check(t, err)
	m, stranger := w.upload(1), newRing(t).ID()
	_, err = w.Post(t.Context(), ring.ID(), draft(m), "")
	wantKind(t, err, content.NotFound)
	_, err = w.Media(t.Context(), ring.ID(), m.ID)
	wantKind(t, err, content.NotFound)
	_, err = w.MediaFile(t.Context(), ring.ID(), m.ID, 320)
	wantKind(t, err, content.NotFound)
	_, err = w.Post(t.Context(), stranger, draft(m), "")
	wantKind(t, err, content.Permission)
	_, err = w.Upload(t.Context(), stranger, bytes.NewReader(jpegOf(t, 1)), publish.UploadOptions{})
	wantKind(t, err, content.Permission)
	uri, err := w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
	_, err = w.Delete(t.Context(), ring.ID(), uri)
	wantKind(t, err, content.Permission)
}

// TestPostsMadeAtOnce posts from several programs at one moment.
func TestPostsMadeAtOnce(t *testing.T) {
	w := newWorld(t)
	var media []publish.Media
	for i := range 8 {
		media = append(media, w.upload(uint64(i)))
	}
	var all sync.WaitGroup
	errs := make([]error, len(media))
	for i, m := range media {
		all.Go(func() { _, errs[i] = w.Post(t.Context(), w.me, draft(m), "") })
	}
	all.Wait()
	check(t, errors.Join(errs...))
	if n := len(w.posts()); n != len(media) {
		t.Errorf("%d posts of %d", n, len(media))
	}
}

// TestFullDisk fills what the owner allows rossgram to use.
func TestFullDisk(t *testing.T) {
	const limit = 12 << 20
	w := newWorldWith(t, store.Options{Reserve: 1, MaxDisk: limit})
	big := publish.UploadOptions{Options: photo.Options{KeepSource: true}}
	var err error
	for seed := uint64(0); err == nil && seed < 100; seed++ {
		var m publish.Media
		if m, err = w.Upload(t.Context(), w.me, bytes.NewReader(pngOf(t, seed, 480, 480)), big); err == nil {
			_, err = w.Post(t.Context(), w.me, draft(m), "key of "+m.ID.String())
		}
	}
	wantKind(t, err, content.Quota)
	if !strings.Contains(content.Message(err), "raise the limit") {
		t.Errorf("%v does not say what to do", err)
	}
	posts := w.posts()
	for _, uri := range posts {
		for _, c := range files(w.post(uri).Photos[0]) {
			_, err := w.Store.Get(t.Context(), c)
			check(t, err)
		}
	}
	_, err = w.Delete(t.Context(), w.me, posts[0]) // is how to make room
	check(t, err)
	w.reopen(store.Options{Reserve: 1, MaxDisk: 2 * limit})
	_, err = w.Post(t.Context(), w.me, draft(w.upload(1000)), "")
	check(t, err)
	if n := len(w.posts()); n != len(posts) {
		t.Errorf("%d posts, want %d", n, len(posts))
	}
}

// TestClockSetBack makes posts while the clock jumps: none is lost for it.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t)
	for i, jump := range []time.Duration{0, -time.Hour, 0, 2 * time.Hour} {
		w.pass(jump)
		_, err := w.Post(t.Context(), w.me, draft(w.upload(uint64(i))), "")
		check(t, err)
	}
	if n := len(w.posts()); n != 4 {
		t.Errorf("%d posts of 4", n)
	}
}
