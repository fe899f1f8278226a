package photo_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bep/imagemeta"

	"rossgram.app/content/photo"
	"rossgram.app/content/record"
)

// secrets are texts that stand in the test pictures' metadata, and marks of the
// formats metadata comes in.
var secrets = []string{
	"SECRET", "Secret", "Owner", "Artist", "caption", "comment", "Xaver", "Ida Iptc",
	"http://ns.adobe.com/xap", "Photoshop 3.0", "8BIM", "<x:xmpmeta", "rdf:RDF", "Apple",
}

var formats = map[record.MediaType]imagemeta.ImageFormat{
	record.JPEG: imagemeta.JPEG, record.PNG: imagemeta.PNG, record.WebP: imagemeta.WebP,
}

// listed returns the names of all tags that an independent reader finds. It does
// not know HEIF: there it is given whatever looks like Exif.
func listed(t *testing.T, kind record.MediaType, data []byte) []string {
	t.Helper()
	if format, ok := formats[kind]; ok {
		return tags(t, format, data)
	}
	var all []string
	for _, head := range []string{"II*\x00", "MM\x00*"} {
		for at, rest := 0, data; ; {
			next := bytes.Index(rest[at:], []byte(head))
			if next < 0 {
				break
			}
			rest, at = rest[at+next:], 1
			all = append(all, tags(t, imagemeta.TIFF, rest)...)
		}
	}
	return all
}

func tags(t *testing.T, format imagemeta.ImageFormat, data []byte) []string {
	t.Helper()
	var names []string
	err := imagemeta.Decode(imagemeta.Options{
		R:               bytes.NewReader(data),
		ImageFormat:     format,
		Sources:         imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
		ShouldHandleTag: func(imagemeta.TagInfo) bool { return true },
		HandleTag: func(info imagemeta.TagInfo) error {
			names = append(names, info.Tag)
			return nil
		},
		HandleXMP: func(r io.Reader) error {
			names = append(names, "XMP")
			_, err := io.Copy(io.Discard, r)
			return err
		},
		Warnf: func(string, ...any) {},
	})
	if err != nil && !imagemeta.IsInvalidFormat(err) {
		t.Errorf("the independent reader: %v", err)
	}
	return names
}

func checkClean(t *testing.T, f *photo.File) {
	t.Helper()
	for _, tag := range listed(t, f.Type, f.Data) {
		if tag != "Orientation" {
			t.Errorf("%s still says %s", f.Type, tag)
		}
	}
	if n := bytes.Count(f.Data, []byte("Exif\x00\x00")); n > 1 {
		t.Errorf("%d Exif segments in %s", n, f.Type)
	}
	for _, s := range secrets {
		if bytes.Contains(f.Data, []byte(s)) {
			t.Errorf("%q is still in %s", s, f.Type)
		}
	}
}

func TestMetadataIsRemoved(t *testing.T) {
	for name, kind := range map[string]record.MediaType{
		"meta.jpg": record.JPEG, "meta.png": record.PNG, "meta.webp": record.WebP, "meta.heic": record.HEIC, "meta.avif": record.AVIF,
	} {
		t.Run(name, func(t *testing.T) {
			b := read(t, name)
			if len(listed(t, kind, b)) < 10 || !bytes.Contains(b, []byte("SECRET")) {
				t.Fatal("the test picture has no metadata to remove")
			}
			in := mustIngest(t, b)
			checkClean(t, in.Source)
			for i := range in.Renditions {
				checkClean(t, &in.Renditions[i])
			}
			want := []photo.Finding{photo.FoundPosition, photo.FoundSerial, photo.FoundCaption, photo.FoundOwner, photo.FoundTime, photo.FoundCamera}
			if name == "meta.jpg" {
				want = append(want, photo.FoundThumbnail, photo.FoundTrailer)
			}
			if name == "meta.heic" {
				want = append(want, photo.FoundThumbnail)
			}
			for _, f := range want {
				if !slices.Contains(in.Removed, f) {
					t.Errorf("the author is not told of %q, only of %q", f, in.Removed)
				}
			}
		})
	}
}

// TestPixelsOfSourcesStay shows that sources are not encoded again: the coded
// picture is in them byte for byte.
func TestPixelsOfSourcesStay(t *testing.T) {
	for name, coded := range map[string]func([]byte) []byte{
		"meta.jpg":  func(b []byte) []byte { at := bytes.LastIndex(b, []byte("\xff\xda")); return b[at : at+20_000] },
		"meta.png":  func(b []byte) []byte { at := bytes.Index(b, []byte("IDAT")); return b[at : at+20_000] },
		"meta.webp": func(b []byte) []byte { at := bytes.Index(b, []byte("VP8 ")); return b[at : at+10_000] },
		"meta.heic": func(b []byte) []byte { return b[len(b)-60_000%len(b):][:5_000] },
		"meta.avif": func(b []byte) []byte { at := bytes.Index(b, []byte("mdat")); return b[at+4_000 : at+20_000] },
	} {
		t.Run(name, func(t *testing.T) {
			b := read(t, name)
			if !bytes.Contains(mustIngest(t, b).Source.Data, coded(b)) {
				t.Error("the coded picture has changed")
			}
		})
	}
}

// TestFolder checks all pictures of the folder that ROSSGRAM_PHOTOS names.
func TestFolder(t *testing.T) {
	dir := os.Getenv("ROSSGRAM_PHOTOS")
	if dir == "" {
		t.Skip("ROSSGRAM_PHOTOS names no folder")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".md") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in, err := ingest(b, photo.Options{KeepSource: true, KeepCamera: true})
			if err != nil {
				t.Log("refused:", err)
				return
			}
			t.Logf("%d × %d, removed %q", in.Width, in.Height, in.Removed)
			checkClean(t, in.Source)
			for i := range in.Renditions {
				checkClean(t, &in.Renditions[i])
			}
		})
	}
}
