package photo_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/photo"
)

// slowFile gives its head, and the rest when it is told to.
type slowFile struct {
	data    []byte
	reached chan<- struct{}
	release <-chan struct{}
}

func (f slowFile) ReadAt(b []byte, at int64) (int, error) {
	if len(b) == len(f.data) {
		f.reached <- struct{}{}
		<-f.release
	}
	return bytes.NewReader(f.data).ReadAt(b, at)
}

// TestAtMostThreeAtOnce holds as many files as are worked on at once, and shows
// that the next is not even looked at until its author gives up.
func TestAtMostThreeAtOnce(t *testing.T) {
	in, data := photo.New(), read(t, "corners.jpg")
	reached, release := make(chan struct{}, photo.MaxDecodes), make(chan struct{})
	results := make(chan error, photo.MaxDecodes)
	for range photo.MaxDecodes {
		go func() {
			_, err := in.Ingest(t.Context(), slowFile{data, reached, release}, int64(len(data)), photo.Options{})
			results <- err
		}()
	}
	for range photo.MaxDecodes {
		<-reached
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := in.Ingest(ctx, slowFile{}, int64(len(data)), photo.Options{}) // reading it would panic
	if content.KindOf(err) != content.Unavailable {
		t.Errorf("the fourth: %v", err)
	}
	close(release)
	for range photo.MaxDecodes {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := read(t, "corners.jpg")
	_, err := photo.New().Ingest(ctx, bytes.NewReader(b), int64(len(b)), photo.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// hostile are files that must be refused, with a word that the message has.
func hostile(t testing.TB) []struct {
	name string
	data []byte
	kind content.Kind
	says string
} {
	jpg, png := read(t, "meta.jpg"), read(t, "corners-16bit.png")
	edit := func(b []byte, old, new string) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
	half := func(name string) []byte { b := read(t, name); return b[:len(b)*2/3] }
	return []struct {
		name string
		data []byte
		kind content.Kind
		says string
	}{
		{"text named .jpg", []byte("Dear diary, this is no picture."), content.Invalid, "JPEG, PNG, WebP, HEIC, AVIF or GIF"},
		{"nothing", nil, content.Invalid, "not a picture"},
		{"JPEG cut short", jpg[:len(jpg)/2], content.Invalid, "cut short"},
		{"JPEG cut short with an end", append(bytes.Clone(read(t, "corners.jpg")[:700]), 0xff, 0xd9), content.Invalid, "damaged"},
		{"progressive JPEG cut short", half("corners-progressive.jpg"), content.Invalid, "cut short"},
		{"JPEG of 12 bits", edit(read(t, "corners.jpg"), "\xff\xc0\x00\x11\x08", "\xff\xc0\x00\x11\x0c"), content.Invalid, "12 bits"},
		{"JPEG that says 65535 × 65535", edit(read(t, "corners.jpg"), "\x08\x00\xa0\x00\xf0", "\x08\xff\xff\xff\xff"), content.TooLarge, "at most"},
		{"JPEG that says 20000 × 20000", edit(read(t, "corners.jpg"), "\x08\x00\xa0\x00\xf0", "\x08\x4e\x20\x4e\x20"), content.TooLarge, "million"},
		{"PNG cut short", png[:len(png)-20], content.Invalid, "cut short"},
		{"PNG that says 40000 × 40000", edit(png, "\x00\x00\x00\xf0\x00\x00\x00\xa0", "\x00\x00\x9c\x40\x00\x00\x9c\x40"), content.TooLarge, "million"},
		{"PNG that says too much", edit(png, "\x00\x00\x00\xf0\x00\x00\x00\xa0", "\x00\x00\x01\xf0\x00\x00\x00\xa0"), content.Invalid, "damaged"},
		{"WebP cut short", half("corners.webp"), content.Invalid, "cut short"},
		{"HEIC cut short", half("corners.heic"), content.Invalid, "cut short"},
		{"AVIF cut short", half("corners.avif"), content.Invalid, "cut short"},
		{"AVIF without data", zeroTail(read(t, "corners.avif")), content.Invalid, "damaged"},
		{"HEIC without data", zeroTail(read(t, "corners.heic")), content.Invalid, "damaged"},
		{"GIF cut short", half("anim.gif")[:200], content.Invalid, "damaged"},
	}
}

// zeroTail keeps a file's structure, and loses what its picture is made of.
func zeroTail(b []byte) []byte {
	b = bytes.Clone(b)
	clear(b[bytes.Index(b, []byte("mdat"))+4:])
	return b
}

func TestBadInput(t *testing.T) {
	for _, c := range hostile(t) {
		t.Run(c.name, func(t *testing.T) {
			_, err := ingest(c.data, photo.Options{KeepSource: true})
			if err == nil {
				t.Fatal("accepted")
			}
			if content.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v", content.KindOf(err), err)
			}
		})
	}
}

func TestFileTooLarge(t *testing.T) {
	_, err := photo.New().Ingest(t.Context(), bytes.NewReader(nil), photo.MaxFile+1, photo.Options{})
	if content.KindOf(err) != content.TooLarge {
		t.Errorf("got %v", err)
	}
}
