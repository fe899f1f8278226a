package photo

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// seed adds the test pictures to a corpus.
func seed(f *testing.F, patterns ...string) {
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", p))
		if err != nil || len(names) == 0 {
			f.Fatalf("no pictures match %s: %v", p, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) < 60_000 {
				f.Add(b)
			}
		}
	}
}

// checkStrip takes the metadata out of a file. If that succeeds, the result must
// read as one without metadata, and taking it out again must change nothing.
func checkStrip(t *testing.T, b []byte) {
	p, err := parse(b)
	if err != nil || p.format == formatGIF {
		return
	}
	clean, _, err := p.strip(nil)
	if err != nil || audit(clean) != nil {
		return // Ingest refuses it
	}
	q, err := parse(clean)
	if err != nil {
		t.Fatalf("the stripped file does not read: %v", err)
	}
	if q.width != p.width || q.height != p.height || q.turn != p.turn {
		t.Errorf("was %d × %d %v, is %d × %d %v", p.width, p.height, p.turn, q.width, q.height, q.turn)
	}
}

func FuzzJPEG(f *testing.F) {
	seed(f, "corners*.jpg", "meta.jpg", "p3.jpg")
	f.Fuzz(func(t *testing.T, b []byte) { checkStrip(t, append([]byte("\xff\xd8\xff"), b[min(3, len(b)):]...)) })
}

func FuzzPNG(f *testing.F) {
	seed(f, "*.png")
	f.Fuzz(func(t *testing.T, b []byte) { checkStrip(t, append([]byte(pngSignature), b[min(8, len(b)):]...)) })
}

func FuzzWebP(f *testing.F) {
	seed(f, "*.webp")
	f.Fuzz(func(t *testing.T, b []byte) { checkStrip(t, b) })
}

func FuzzHEIF(f *testing.F) {
	seed(f, "*.heic", "*.avif")
	f.Fuzz(func(t *testing.T, b []byte) { checkStrip(t, b) })
}

func FuzzExif(f *testing.F) {
	f.Add(turns[6].exif())
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x := parseExif(b)
		if o := x.turn().orientation(); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		x.camera()
	})
}

func FuzzProfile(f *testing.F) {
	for _, name := range []string{"p3.jpg", "adobe.jpg", "gray18.jpg"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[bytes.Index(b, []byte(prefixICC))+len(prefixICC)+2:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := profileColour(b)
		for _, v := range c.curves {
			if n := len(v.table(256)); n != 256 {
				t.Errorf("%d levels", n)
			}
		}
	})
}

func FuzzPhotoshop(f *testing.F) {
	f.Add([]byte("8BIM\x04\x04\x00\x00\x00\x00\x00\x0b\x1c\x02\x78\x00\x06secret\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { new(picture).readPhotoshop(b) })
}
