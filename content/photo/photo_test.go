package photo_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"rossgram.app/content"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ingest(b []byte, opts photo.Options) (*photo.Ingested, error) {
	return photo.New().Ingest(context.Background(), bytes.NewReader(b), int64(len(b)), opts)
}

func mustIngest(t testing.TB, b []byte) *photo.Ingested {
	t.Helper()
	out, err := ingest(b, photo.Options{KeepSource: true, KeepCamera: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// largest decodes the largest rendition.
func largest(t testing.TB, in *photo.Ingested) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(in.Renditions[len(in.Renditions)-1].Data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var (
	red, green, blue = color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}
	yellow           = color.RGBA{255, 255, 0, 255}
	white            = color.RGBA{255, 255, 255, 255}
)

// corners are the colours of a picture's quarters: top left, top right, bottom
// left, bottom right.
type corners [4]color.RGBA

func checkCorners(t *testing.T, m image.Image, want corners, tolerance int) {
	t.Helper()
	b := m.Bounds()
	for i, w := range want {
		x, y := b.Dx()/4+i%2*b.Dx()/2, b.Dy()/4+i/2*b.Dy()/2
		got := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
		if far(got, w) > tolerance {
			t.Errorf("quarter %d is %v, want %v", i, got, w)
		}
	}
}

func far(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B))
}

func TestEveryFormat(t *testing.T) {
	upright := corners{red, green, blue, yellow}
	alpha := corners{red, green, white, white}
	for _, c := range []struct {
		name      string
		kind      record.MediaType
		want      corners
		tolerance int
	}{
		{"corners.jpg", record.JPEG, upright, 6},
		{"corners-progressive.jpg", record.JPEG, upright, 6},
		{"corners-cmyk.jpg", record.JPEG, upright, 40},
		{"corners-gray.jpg", record.JPEG, corners{{54, 54, 54, 255}, {182, 182, 182, 255}, {18, 18, 18, 255}, {237, 237, 237, 255}}, 6},
		{"corners.png", record.PNG, upright, 6},
		{"corners-16bit.png", record.PNG, upright, 6},
		{"corners-palette.png", record.PNG, upright, 6},
		{"corners-interlaced.png", record.PNG, upright, 6},
		{"corners.webp", record.WebP, upright, 20},
		{"corners.heic", record.HEIC, upright, 12},
		{"corners.avif", record.AVIF, upright, 12},
		{"rotated.heic", record.HEIC, corners{green, yellow, red, blue}, 12},
		{"rotated.avif", record.AVIF, corners{yellow, green, blue, red}, 12},
		{"anim.gif", record.PNG, upright, 6},
		{"anim.webp", record.WebP, upright, 20},
		{"alpha.png", record.PNG, alpha, 6},
		{"alpha.webp", record.WebP, alpha, 20},
		{"alpha-lossless.webp", record.WebP, alpha, 6},
		{"alpha.heic", record.HEIC, alpha, 20},
		{"alpha.avif", record.AVIF, alpha, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := mustIngest(t, read(t, c.name))
			checkCorners(t, largest(t, in), c.want, c.tolerance)
			if in.Source.Type != c.kind {
				t.Errorf("source is %s, want %s", in.Source.Type, c.kind)
			}
			// The source alone must show the same picture.
			checkCorners(t, largest(t, mustIngest(t, in.Source.Data)), c.want, c.tolerance)
		})
	}
}

// withOrientation puts an Exif segment into a JPEG.
func withOrientation(b []byte, orientation byte) []byte {
	exif := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" +
		string([]byte{orientation}) + "\x00\x00\x00\x00\x00\x00\x00"
	return append([]byte("\xff\xd8"+exif), b[2:]...)
}

func TestEveryOrientation(t *testing.T) {
	for i, want := range []corners{
		{red, green, blue, yellow}, {green, red, yellow, blue}, {yellow, blue, green, red}, {blue, yellow, red, green},
		{red, blue, green, yellow}, {blue, red, yellow, green}, {yellow, green, blue, red}, {green, yellow, red, blue},
	} {
		b := withOrientation(read(t, "corners.jpg"), byte(i+1))
		in := mustIngest(t, b)
		checkCorners(t, largest(t, in), want, 6)
		again := mustIngest(t, in.Source.Data)
		checkCorners(t, largest(t, again), want, 6)
		if tall := in.Height > in.Width; tall != (i >= 4) {
			t.Errorf("orientation %d: %d × %d pixels", i+1, in.Width, in.Height)
		}
	}
}

func TestProfilesBecomeSRGB(t *testing.T) {
	for _, c := range []struct {
		name string
		want color.RGBA
	}{
		{"p3.jpg", red}, // sRGB's red as Display P3 writes it
		{"p3.png", red},
		{"p3.heic", red},
		{"p3.avif", red},
		{"adobe.jpg", color.RGBA{255, 0, 0, 255}},
		{"gray18.jpg", color.RGBA{144, 144, 144, 255}}, // (128/255)^1.8
	} {
		t.Run(c.name, func(t *testing.T) {
			in := mustIngest(t, read(t, c.name))
			checkCorners(t, largest(t, in), corners{c.want, c.want, c.want, c.want}, 4)
		})
	}
}

// TestEveryPixel looks at each pixel of a picture of one colour, because
// decoders have been seen to spoil the first ones.
func TestEveryPixel(t *testing.T) {
	for _, name := range []string{"p3.jpg", "p3.png", "p3.heic", "p3.avif"} {
		m := largest(t, mustIngest(t, read(t, name)))
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if far(color.RGBAModel.Convert(m.At(x, y)).(color.RGBA), red) > 8 {
					t.Fatalf("%s: pixel %d, %d is %v", name, x, y, m.At(x, y))
				}
			}
		}
	}
}

// TestDecoderThatGaveUp shows that a file that crashes its decoder costs its
// author one clear error, and others nothing, at the same time or later.
func TestDecoderThatGaveUp(t *testing.T) {
	in, whole := photo.New(), read(t, "corners.heic")
	damaged := bytes.Clone(whole)
	damaged[310] ^= 0x55 // the height it says it has
	var g errgroup.Group
	for range 2 {
		g.Go(func() error {
			_, err := in.Ingest(t.Context(), bytes.NewReader(damaged), int64(len(damaged)), photo.Options{})
			if content.KindOf(err) != content.Invalid || strings.Contains(err.Error(), "\n") {
				t.Errorf("the damaged file: %v", err)
			}
			return nil
		})
	}
	for range 4 {
		g.Go(func() error {
			ok, err := in.Ingest(t.Context(), bytes.NewReader(whole), int64(len(whole)), photo.Options{})
			if err != nil {
				return err
			}
			checkCorners(t, largest(t, ok), corners{red, green, blue, yellow}, 12)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

func TestNarrowHEIC(t *testing.T) {
	_, err := ingest(read(t, "narrow.heic"), photo.Options{})
	if content.KindOf(err) != content.Invalid || !strings.Contains(err.Error(), "save it as a PNG") {
		t.Errorf("64 pixels wide: %v", err)
	}
}

// drawn is a JPEG of w × h pixels.
func drawn(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i % w / 4)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRenditionSizes(t *testing.T) {
	for _, c := range []struct {
		name   string
		w, h   int
		widths []int
	}{
		{"large", 2400, 1600, []int{320, 640, 1080}},
		{"between two sizes", 900, 600, []int{320, 640, 900}},
		{"just one size", 640, 480, []int{320, 640}},
		{"small", 200, 100, []int{200}},
		{"one pixel", 1, 1, []int{1}},
		{"banner", 50_000, 20, []int{320, 640, 1080}},
		{"column", 100, 50_000, []int{100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := mustIngest(t, drawn(t, c.w, c.h))
			if in.Width != c.w || in.Height != c.h || in.Blurhash == "" {
				t.Errorf("%d × %d pixels, blurhash %q", in.Width, in.Height, in.Blurhash)
			}
			if len(in.Renditions) != len(c.widths) {
				t.Fatalf("%d renditions", len(in.Renditions))
			}
			for i, r := range in.Renditions {
				conf, err := jpeg.DecodeConfig(bytes.NewReader(r.Data))
				if err != nil || conf.Width != r.Width || conf.Height != r.Height {
					t.Errorf("says %d × %d, is %d × %d, %v", r.Width, r.Height, conf.Width, conf.Height, err)
				}
				if r.Width != c.widths[i] || len(r.Data) > photo.MaxBytes {
					t.Errorf("rendition %d is %d wide with %d bytes", i, r.Width, len(r.Data))
				}
			}
		})
	}
}

// TestNoise shows that a picture which does not compress still fits its blocks.
func TestNoise(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 1080, 5400))
	seed := uint32(1)
	for i := range m.Pix {
		seed = seed*1664525 + 1013904223
		m.Pix[i] = uint8(seed >> 24)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	for _, r := range mustIngest(t, b.Bytes()).Renditions {
		if len(r.Data) > photo.MaxBytes {
			t.Errorf("%d bytes", len(r.Data))
		}
	}
}

func TestCamera(t *testing.T) {
	in := mustIngest(t, read(t, "meta.jpg"))
	want := record.Camera{
		Make: "Apple", Model: "iPhone 15 Pro", Lens: "iPhone 15 Pro back camera",
		Exposure: "1/850 s", Aperture: "f/1.8", ISO: "64", Focal: "6.8 mm",
	}
	c := in.Camera
	if c == nil {
		t.Fatal("no camera")
	}
	got := record.Camera{Make: c.Make, Model: c.Model, Lens: c.Lens, Exposure: c.Exposure, Aperture: c.Aperture, ISO: c.ISO, Focal: c.Focal}
	if got.Make != want.Make || got.Model != want.Model || got.Lens != want.Lens || got.Exposure != want.Exposure ||
		got.Aperture != want.Aperture || got.ISO != want.ISO || got.Focal != want.Focal {
		t.Errorf("got %+v", got)
	}
	silent, err := ingest(read(t, "meta.jpg"), photo.Options{})
	if err != nil || silent.Camera != nil || silent.Source != nil {
		t.Errorf("unasked: %+v, %v", silent, err)
	}
}

// TestFineColour shows that small coloured letters keep their colour, which they
// lose if it is stored at half the resolution, and that a photograph, which does
// not need it, is stored that way.
func TestFineColour(t *testing.T) {
	for name, want := range map[string]image.YCbCrSubsampleRatio{
		"words.png": image.YCbCrSubsampleRatio444,
		"meta.png":  image.YCbCrSubsampleRatio420,
	} {
		m, ok := largest(t, mustIngest(t, read(t, name))).(*image.YCbCr)
		if !ok || m.SubsampleRatio != want {
			t.Errorf("%s: %T, want %v", name, m, want)
		}
	}
}
