package record

import (
	"fmt"
	"slices"
	"strings"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Photo is one picture: its upright size in pixels, what to show until it is
// there, and its files.
type Photo struct {
	Width    int      `cbor:"width"`
	Height   int      `cbor:"height"`
	Blurhash string   `cbor:"blurhash,omitempty"` // see blurha.sh; base 83
	Alt      string   `cbor:"alt,omitempty"`      // what the picture shows, in words
	Focus    *Focus   `cbor:"focus,omitempty"`    // nil is the centre
	Camera   *Camera  `cbor:"camera,omitempty"`   // only if the author asked for it
	People   []Person `cbor:"people,omitempty"`   // whom it shows, as far as the author says so
	// Renditions are JPEGs in sRGB, in ascending width; at least one.
	Renditions []File `cbor:"renditions"`
	// Source is the photo as it was taken, without metadata; nil if it was not
	// kept.
	Source *File `cbor:"source,omitempty"`
	Extra  `cbor:"-"`
}

// Focus is the point that must stay in view when a photo is cropped, in
// thousandths from the centre: x from -1000 (left) to 1000 (right), y from -1000
// (bottom) to 1000 (top).
type Focus struct {
	_ struct{} `cbor:",toarray"`
	X int
	Y int
}

// Camera is how a photo was taken, in words and numbers as shown to people.
type Camera struct {
	Make     string `cbor:"make,omitempty"`
	Model    string `cbor:"model,omitempty"`
	Lens     string `cbor:"lens,omitempty"`
	Exposure string `cbor:"exposure,omitempty"` // "1/250 s"
	Aperture string `cbor:"aperture,omitempty"` // "f/2.8"
	ISO      string `cbor:"iso,omitempty"`
	Focal    string `cbor:"focal,omitempty"` // "35 mm"
	Extra    `cbor:"-"`
}

// File is a photo's file: one raw block of at most 1 MiB, whose SHA-256 is that
// of the file, or the root of a UnixFS file with raw leaves.
type File struct {
	CID    dagcbor.Link `cbor:"cid"`
	Size   int64        `cbor:"size"` // bytes
	Type   MediaType    `cbor:"type"`
	Width  int          `cbor:"width"`  // pixels
	Height int          `cbor:"height"` // pixels
	Extra  `cbor:"-"`
}

// MediaType is the media type of a picture (IANA).
type MediaType string

// The media types of photos. Renditions are always JPEG.
const (
	JPEG MediaType = "image/jpeg"
	PNG  MediaType = "image/png"
	WebP MediaType = "image/webp"
	HEIC MediaType = "image/heic"
	AVIF MediaType = "image/avif"
)

type (
	photoShape  Photo
	cameraShape Camera
	fileShape   File
)

// MarshalCBOR is as [Post.MarshalCBOR].
func (p Photo) MarshalCBOR() ([]byte, error) { return encodeWith(photoShape(p), &p.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (p *Photo) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*photoShape)(p), &p.Extra) }

// MarshalCBOR is as [Post.MarshalCBOR].
func (c Camera) MarshalCBOR() ([]byte, error) { return encodeWith(cameraShape(c), &c.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (c *Camera) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*cameraShape)(c), &c.Extra) }

// MarshalCBOR is as [Post.MarshalCBOR].
func (f File) MarshalCBOR() ([]byte, error) { return encodeWith(fileShape(f), &f.Extra, "") }

// UnmarshalCBOR is as [Post.UnmarshalCBOR].
func (f *File) UnmarshalCBOR(b []byte) error { return decodeFields(b, (*fileShape)(f), &f.Extra) }

func (p *Photo) validate() error {
	const op = "record.Photo"
	if err := checkSides(p.Width, p.Height); err != nil {
		return err
	}
	if err := checkBlurhash(p.Blurhash); err != nil {
		return err
	}
	if err := checkText("the alt text", p.Alt, MaxAlt, severalLines); err != nil {
		return err
	}
	if f := p.Focus; f != nil && (min(f.X, f.Y) < MinFocus || max(f.X, f.Y) > MaxFocus) {
		return content.Errorf(op, content.Invalid, "a focus is between -1000 and 1000")
	}
	if err := p.Camera.validate(); err != nil {
		return err
	}
	if err := checkPeople(p.People); err != nil {
		return err
	}
	if n := len(p.Renditions); n == 0 || n > MaxRenditions {
		return content.E(op, content.Invalid, fmt.Errorf("a photo has 1 to %d renditions", MaxRenditions))
	}
	if !slices.IsSortedFunc(p.Renditions, func(a, b File) int { return a.Width - b.Width }) {
		return content.Errorf(op, content.Invalid, "renditions stand in ascending width")
	}
	for i := range p.Renditions {
		if err := p.Renditions[i].validate(rendition); err != nil {
			return err
		}
	}
	if p.Source != nil {
		return p.Source.validate(source)
	}
	return nil
}

func (c *Camera) validate() error {
	if c == nil {
		return nil
	}
	for _, s := range []string{c.Make, c.Model, c.Lens, c.Exposure, c.Aperture, c.ISO, c.Focal} {
		if err := checkText("a camera field", s, MaxCamera, oneLine); err != nil {
			return err
		}
	}
	return nil
}

// role says which limits a file has.
type role int

const (
	rendition role = iota
	source
)

func (f *File) validate(r role) error {
	const op = "record.File"
	if err := content.CheckCID(f.CID.Cid); err != nil {
		return err
	}
	if err := checkSides(f.Width, f.Height); err != nil {
		return err
	}
	codec := content.Codec(f.CID.Prefix().Codec)
	switch {
	case f.Size <= 0:
		return content.Errorf(op, content.Invalid, "a file has a size")
	case r == rendition && (codec != content.Raw || f.Size > MaxRendition || f.Type != JPEG):
		return content.Errorf(op, content.Invalid, "a rendition is a JPEG in one raw block of at most 1 MiB")
	case codec == content.DagCBOR, codec == content.Raw && f.Size > content.MaxBlockSize, f.Size > MaxSource:
		return content.Errorf(op, content.Invalid, "a source is one raw block or a UnixFS file of at most 200 MiB")
	case !slices.Contains([]MediaType{JPEG, PNG, WebP, HEIC, AVIF}, f.Type):
		return content.Errorf(op, content.Invalid, "unknown media type")
	}
	return nil
}

func checkSides(width, height int) error {
	if min(width, height) < 1 || max(width, height) > MaxSide {
		return content.E("record.checkSides", content.Invalid, fmt.Errorf("a photo's sides have 1 to %s pixels", thousands(MaxSide)))
	}
	return nil
}

const base83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

func checkBlurhash(s string) error {
	if s == "" {
		return nil
	}
	wrong := func(r rune) bool { return !strings.ContainsRune(base83, r) }
	if len(s) < 6 || len(s) > MaxBlurhash || strings.ContainsFunc(s, wrong) || len(s) != 4+2*blurhashComponents(s[0]) {
		return content.Errorf("record.checkBlurhash", content.Invalid, "not a blurhash")
	}
	return nil
}

// blurhashComponents reads the number of components from the first character,
// which is (x-1) + 9(y-1).
func blurhashComponents(c byte) int {
	n := strings.IndexByte(base83, c)
	return (n%9 + 1) * (n/9 + 1)
}
