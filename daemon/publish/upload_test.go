package publish_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/publish"
)

func pngOf(t testing.TB, seed uint64, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	check(t, png.Encode(&b, noise(seed, w, h)))
	return b.Bytes()
}

// endless is a file without end that begins like a JPEG.
func endless() io.Reader { return io.MultiReader(strings.NewReader("\xff\xd8\xff\xe0"), zeros{}) }

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (w *world) spooled() int {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.home, "spool"))
	check(w.t, err)
	return len(entries)
}

// TestUploadsRefused leaves nothing on the disk of what it refuses.
func TestUploadsRefused(t *testing.T) {
	w := newWorld(t)
	whole := jpegOf(t, 1)
	for _, c := range []struct {
		name string
		file io.Reader
		opts publish.UploadOptions
		kind content.Kind
		says string
	}{
		{"a text named .jpg", strings.NewReader("Dear diary, today I"), publish.UploadOptions{}, content.Invalid, "not a picture"},
		{"nothing", strings.NewReader(""), publish.UploadOptions{}, content.Invalid, "not a picture"},
		{"half a photo", bytes.NewReader(whole[:len(whole)/2]), publish.UploadOptions{}, content.Invalid, "cut short"},
		{"over 200 MiB", endless(), publish.UploadOptions{}, content.TooLarge, "200 MiB"},
		{"an alt text too long", bytes.NewReader(whole), publish.UploadOptions{Alt: strings.Repeat("é", 1501)}, content.TooLarge, "1,501 characters"},
		{"a focus outside", bytes.NewReader(whole), publish.UploadOptions{Focus: &record.Focus{X: 1001}}, content.Invalid, "focus"},
	} {
		_, err := w.Upload(t.Context(), w.me, c.file, c.opts)
		if content.KindOf(err) != c.kind || !strings.Contains(content.Message(err), c.says) {
			t.Errorf("%s: %v, want %v and %q", c.name, err, c.kind, c.says)
		}
		if n := w.spooled(); n > 0 {
			t.Errorf("%s: %d files are left in the spool", c.name, n)
		}
	}
	lost := errors.New("the connection was lost")
	_, err := w.Upload(t.Context(), w.me, io.MultiReader(bytes.NewReader(whole[:100]), readError{lost}), publish.UploadOptions{})
	if !errors.Is(err, lost) || w.spooled() > 0 {
		t.Errorf("%v; %d files are left in the spool", err, w.spooled())
	}
}

type readError struct{ error }

func (e readError) Read([]byte) (int, error) { return 0, e.error }

func TestDescribe(t *testing.T) {
	w := newWorld(t)
	m := w.upload(1)
	alt := strings.Repeat("y", 1501)
	_, err := w.Describe(t.Context(), w.me, m.ID, &alt, nil)
	wantKind(t, err, content.TooLarge)
	alt = "The sea\r\nat noon"
	_, err = w.Describe(t.Context(), w.me, m.ID, &alt, nil)
	check(t, err)
	_, err = w.Describe(t.Context(), w.me, m.ID, nil, &record.Focus{X: 500, Y: -500})
	check(t, err)
	uri, err := w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
	p := w.post(uri).Photos[0]
	if p.Alt != "The sea\nat noon" || p.Focus == nil || p.Focus.X != 500 {
		t.Errorf("alt %q, focus %v", p.Alt, p.Focus)
	}
	_, err = w.Describe(t.Context(), w.me, m.ID, &alt, nil)
	wantKind(t, err, content.NotFound)
}

func TestMediaFile(t *testing.T) {
	w := newWorld(t)
	m, err := w.Upload(t.Context(), w.me, bytes.NewReader(pngOf(t, 1, 700, 20)), publish.UploadOptions{})
	check(t, err)
	for width, want := range map[int]int{0: 320, 320: 320, 321: 640, 641: 700, 5000: 700} {
		b, err := w.MediaFile(t.Context(), w.me, m.ID, width)
		check(t, err)
		if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || c.Width != want {
			t.Errorf("asked for %d: %d, %v; want %d", width, c.Width, err, want)
		}
	}
}

// TestUploadsExpire waits for a day.
func TestUploadsExpire(t *testing.T) {
	w := newWorld(t)
	m := w.upload(1)
	w.pass(publish.MediaLifetime - time.Second)
	_, err := w.Media(t.Context(), w.me, m.ID)
	check(t, err)
	w.pass(time.Second)
	_, err = w.Media(t.Context(), w.me, m.ID)
	wantKind(t, err, content.NotFound)
	_, err = w.Post(t.Context(), w.me, draft(m), "")
	wantKind(t, err, content.NotFound)
}

// TestTooManyWaiting refuses the upload after the last that may wait, until one
// is posted.
func TestTooManyWaiting(t *testing.T) {
	w := newWorld(t)
	file := jpegOf(t, 1)
	one := w.upload(0)
	for range publish.MaxWaiting - 1 {
		_, err := w.Upload(t.Context(), w.me, bytes.NewReader(file), publish.UploadOptions{})
		check(t, err)
	}
	_, err := w.Upload(t.Context(), w.me, bytes.NewReader(file), publish.UploadOptions{})
	wantKind(t, err, content.Quota)
	_, err = w.Post(t.Context(), w.me, draft(one), "")
	check(t, err)
	w.upload(2)
}

// TestUploadWaitsForItsTurn holds all places, and gives up on one more.
func TestUploadWaitsForItsTurn(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	const places = 8
	reading := make(chan struct{}, places)
	ended := make(chan error, places+1)
	for range places {
		go func() {
			_, err := w.Upload(t.Context(), w.me, stalled{ctx, reading}, publish.UploadOptions{})
			ended <- err
		}()
	}
	for range places {
		<-reading
	}
	impatient, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	_, err := w.Upload(impatient, w.me, bytes.NewReader(jpegOf(t, 1)), publish.UploadOptions{})
	wantKind(t, err, content.Unavailable)
	cancel()
	for range places {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a stalled upload ended with %v", err)
		}
	}
	w.upload(1)
}

// stalled gives nothing until its context ends.
type stalled struct {
	ctx     context.Context
	reading chan<- struct{}
}

func (s stalled) Read([]byte) (int, error) {
	s.reading <- struct{}{}
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// TestCrashWhileUploading leaves what a crash leaves of an upload in the spool.
func TestCrashWhileUploading(t *testing.T) {
	w := newWorld(t)
	m := w.upload(1)
	half := filepath.Join(w.home, "spool", "upload-123")
	check(t, os.WriteFile(half, []byte("half a ph"), 0o600))
	w.reopen(store.Options{Reserve: 1})
	if n := w.spooled(); n > 0 {
		t.Errorf("%d files are left in the spool", n)
	}
	_, err := w.Post(t.Context(), w.me, draft(m), "")
	check(t, err)
}

// TestWhatIsRemovedIsSaid uploads a photo that says where it was taken.
func TestWhatIsRemovedIsSaid(t *testing.T) {
	w := newWorld(t)
	b, err := os.ReadFile("../../content/photo/testdata/meta.jpg")
	check(t, err)
	m, err := w.Upload(t.Context(), w.me, bytes.NewReader(b), publish.UploadOptions{Options: photo.Options{KeepSource: true}})
	check(t, err)
	m, err = w.Media(t.Context(), w.me, m.ID)
	check(t, err)
	if !slices.Contains(m.Removed, photo.FoundPosition) || !slices.Contains(m.Removed, photo.FoundSerial) {
		t.Errorf("removed %v", m.Removed)
	}
}
