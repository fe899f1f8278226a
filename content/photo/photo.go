// Package photo turns a picture file that nobody vouches for into what a post
// shows: renditions of three widths, a blurhash, and the source without its
// metadata.
//
// It guarantees that a file is recognised by its bytes and never by its name;
// that pictures come out upright and in sRGB; that nothing written about the
// picture in its file (Exif, XMP, IPTC, comments, maker notes, thumbnails) is
// left in what it returns, because sources are put together from the parts a
// decoder needs and then read again to make sure; that the pixels of a source
// are not encoded again (except those of a GIF, whose first frame becomes a
// PNG); and that memory is bounded by [MaxDecodes] and [MaxPixels] whatever a
// header claims. A damaged or hostile file is an error, never a panic.
//
// It leaves storing the results, and deciding who may see them, to others.
package photo

import (
	"context"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/semaphore"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// Options are what the author of a photo decides.
type Options struct {
	KeepSource bool // return the source without metadata
	KeepCamera bool // return camera, lens and exposure, never serial numbers
}

// Ingested is what became of a file.
type Ingested struct {
	Width, Height int            // pixels of the source, upright
	Blurhash      string         // see blurha.sh; up to 4 × 3 components
	Renditions    []File         // JPEGs in ascending width; at least one
	Source        *File          // nil if it was not to be kept
	Camera        *record.Camera // nil if it was not to be kept or is not known
	Removed       []Finding      // what the file said that is in no result
}

// File is a picture ready to be stored. Its size is upright, as it is shown.
type File struct {
	Type          record.MediaType
	Width, Height int // pixels
	Data          []byte
}

// Ingester bounds how many pictures are in memory at once. It is safe for
// concurrent use; a process needs one.
type Ingester struct {
	files  *semaphore.Weighted // files being read or held
	pixels *semaphore.Weighted // pixels being decoded
	idle   idleness
}

// New returns an Ingester that works on at most [MaxDecodes] files at once, and
// on at most [MaxPixels] pixels between them.
func New() *Ingester {
	return &Ingester{files: semaphore.NewWeighted(MaxDecodes), pixels: semaphore.NewWeighted(MaxPixels)}
}

// Ingest reads the file of size bytes from r and renders it. It waits for its
// turn until ctx ends. Its errors are of kind Invalid for a file that is no
// picture or a damaged one, TooLarge for one over the limits, and Unavailable if
// ctx ended.
func (in *Ingester) Ingest(ctx context.Context, r io.ReaderAt, size int64, opts Options) (*Ingested, error) {
	const op = "photo.Ingest"
	if size > MaxFile {
		return nil, content.E(op, content.TooLarge, fmt.Errorf("the file has %d MiB; photos have at most %d", size>>20, MaxFile>>20))
	}
	if err := in.files.Acquire(ctx, 1); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	defer in.files.Release(1)
	in.idle.begin()
	defer in.idle.end()
	if err := sniffReader(r, size); err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	data := make([]byte, size)
	if n, err := r.ReadAt(data, 0); n < len(data) {
		return nil, content.E(op, content.Other, fmt.Errorf("the file could not be read: %w", err))
	}
	p, err := parse(data)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if err := p.checkSize(); err != nil {
		return nil, content.E(op, content.TooLarge, err)
	}
	weight := int64(p.width) * int64(p.height)
	if err := in.pixels.Acquire(ctx, weight); err != nil {
		return nil, content.E(op, content.Unavailable, err)
	}
	defer in.pixels.Release(weight)
	out, err := p.ingest(ctx, opts)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	return out, nil
}

// sniffReader looks at the first bytes of a file before the rest is read.
func sniffReader(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, sniffLen))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return fmt.Errorf("the file could not be read: %w", err)
	}
	_, err := sniff(head)
	return err
}

func (p *picture) checkSize() error {
	switch {
	case max(p.width, p.height) > MaxSide:
		return fmt.Errorf("the picture is %d × %d pixels; a side has at most %d", p.width, p.height, MaxSide)
	case p.width*p.height > MaxPixels:
		return fmt.Errorf("the picture has %d million pixels; at most %d million are accepted",
			p.width*p.height/1_000_000, MaxPixels/1_000_000)
	}
	return nil
}

func (p *picture) ingest(ctx context.Context, opts Options) (*Ingested, error) {
	img, err := p.decode()
	if err != nil {
		return nil, err
	}
	out := &Ingested{Removed: p.findings()}
	out.Width, out.Height = p.turn.size(img.Bounds().Dx(), img.Bounds().Dy())
	if opts.KeepCamera {
		out.Camera = p.exif.camera()
	}
	if opts.KeepSource {
		if out.Source, err = p.source(img); err != nil {
			return nil, err
		}
		out.Source.Width, out.Source.Height = out.Width, out.Height
	}
	p.data = nil // the pixels are all that is needed from here on
	shown, err := p.render(ctx, img)
	if err != nil {
		return nil, err
	}
	out.Renditions, out.Blurhash = shown.files, shown.blurhash
	return out, nil
}

// source returns the file without metadata, read again to make sure.
func (p *picture) source(img picturePixels) (*File, error) {
	clean, kind, err := p.strip(img)
	if err == nil {
		err = audit(clean)
	}
	if err != nil {
		return nil, fmt.Errorf("the metadata of this file can't be removed for certain (%w); post it without its source: --keep-source=false", err)
	}
	return &File{Type: kind, Data: slices.Clip(clean)}, nil
}
