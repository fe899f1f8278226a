package mastodon

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// Attachment is Mastodon's entity MediaAttachment; always an image.
type Attachment struct {
	ID               string  `json:"id"`
	Type             string  `json:"type"`
	URL              string  `json:"url"`
	PreviewURL       string  `json:"preview_url"`
	RemoteURL        Null    `json:"remote_url"`
	PreviewRemoteURL Null    `json:"preview_remote_url"`
	TextURL          Null    `json:"text_url"`
	Meta             Meta    `json:"meta"`
	Description      *string `json:"description"`
	Blurhash         *string `json:"blurhash"`

	Rossgram PhotoFiles `json:"rossgram"`
}

// Meta is the sizes of the two pictures that an Attachment links to.
type Meta struct {
	Original Size  `json:"original"`
	Small    Size  `json:"small"`
	Focus    Point `json:"focus"`
}

// Size is in pixels. Text is WIDTHxHEIGHT, Aspect the one by the other.
type Size struct {
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Text   string  `json:"size"`
	Aspect float64 `json:"aspect"`
}

// Point is a focus: each from -1 to 1, (0, 0) in the centre, y upwards.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// PhotoFiles is what an Attachment has of ours.
type PhotoFiles struct {
	Renditions []File          `json:"renditions"` // in ascending width
	Source     *File           `json:"source"`
	Removed    []photo.Finding `json:"removed,omitzero"` // of an upload
}

// File is one file of a photo. The source of an upload has no URL.
type File struct {
	CID    string           `json:"cid"`
	Width  int              `json:"width"`
	Height int              `json:"height"`
	Size   int64            `json:"size"` // bytes
	Type   record.MediaType `json:"type"`
	URL    string           `json:"url,omitempty"`
}

// previewWidth is in pixels; see [Attachment.PreviewURL].
const previewWidth = 640

// links tells where a photo's file is to be had; "" if nowhere.
type links func(record.File) string

// attachment returns the entity of a photo.
func attachment(id string, p record.Photo, urlOf links) Attachment {
	large, small := p.Renditions[len(p.Renditions)-1], atLeast(previewWidth, p.Renditions)
	e := Attachment{
		ID: id, Type: "image", URL: urlOf(large), PreviewURL: urlOf(small),
		Meta:        Meta{Original: sizeOf(large), Small: sizeOf(small)},
		Description: text(p.Alt), Blurhash: text(p.Blurhash),
	}
	if f := p.Focus; f != nil {
		e.Meta.Focus = Point{float64(f.X) / record.MaxFocus, float64(f.Y) / record.MaxFocus}
	}
	for _, f := range p.Renditions {
		e.Rossgram.Renditions = append(e.Rossgram.Renditions, fileOf(f, urlOf))
	}
	if p.Source != nil {
		f := fileOf(*p.Source, urlOf)
		e.Rossgram.Source = &f
	}
	return e
}

func fileOf(f record.File, urlOf links) File {
	return File{f.CID.String(), f.Width, f.Height, f.Size, f.Type, urlOf(f)}
}

func sizeOf(f record.File) Size {
	return Size{
		f.Width, f.Height, strconv.Itoa(f.Width) + "x" + strconv.Itoa(f.Height),
		float64(f.Width) / float64(f.Height),
	}
}

// attachmentID names the n-th photo of a post by 63 bits of a hash, since apps
// take ids for numbers of 64 bits.
func attachmentID(post index.StatusID, n int) string {
	b := binary.BigEndian.AppendUint64([]byte("attachment"), uint64(post))
	sum := sha256.Sum256(append(b, byte(n)))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[:])>>1, 10)
}
