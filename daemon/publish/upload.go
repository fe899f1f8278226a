package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/content/unixfs"
)

const (
	// maxSpooled is how many uploads are on their way in at once; further ones
	// wait. Each takes at most [photo.MaxFile] of the disk meanwhile.
	maxSpooled = 8
	// spoolStep is after how many bytes of an upload the room on the disk is
	// looked at again.
	spoolStep = 16 << 20
)

// UploadOptions is what the owner says about a photo with its file.
type UploadOptions struct {
	Alt   string
	Focus *record.Focus // nil is the centre
	photo.Options
}

// Upload takes a photo in: it is rendered, stored and kept for [MediaLifetime],
// durable when Upload returns and shown to nobody. It reads at most
// [photo.MaxFile] bytes of r. Errors are of kind Invalid for what is no picture,
// TooLarge for what is over the limits, Quota if there is no room on the disk or
// [MaxWaiting] uploads wait already, and Permission if owner is not hosted here.
func (p *Publisher) Upload(ctx context.Context, owner content.AccountID, r io.Reader, opts UploadOptions) (Media, error) {
	const op = "publish.Upload"
	if _, err := p.hosted(op, owner); err != nil {
		return Media{}, err
	}
	if err := checkWords(opts); err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	done, err := p.admit(ctx, owner)
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	defer done()
	f, size, err := p.spool(ctx, r)
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	defer discard(f)
	in, err := p.Photos.Ingest(ctx, f, size, opts.Options)
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	m, err := p.keep(ctx, owner, in, opts)
	if err != nil {
		return Media{}, content.E(op, content.Other, err)
	}
	return m, nil
}

// checkWords refuses an alt text or a focus over the limits before any work is
// done: it puts them to a photo that is valid otherwise.
func checkWords(opts UploadOptions) error {
	file := record.File{CID: dagcbor.Link{Cid: content.Sum(content.Raw, nil)}, Size: 1, Type: record.JPEG, Width: 1, Height: 1}
	return checkPhoto(record.Photo{
		Width: 1, Height: 1, Renditions: []record.File{file},
		Alt: record.NormalizeText(opts.Alt), Focus: opts.Focus,
	})
}

// admit waits for a turn to upload, and returns the function that ends it. Those
// on their way in count as waiting for their post.
func (p *Publisher) admit(ctx context.Context, owner content.AccountID) (func(), error) {
	const op = "publish.admit"
	if err := p.sweepNow(ctx); err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, content.E(op, content.Unavailable, ctx.Err())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.waiting(ctx, owner)
	if err == nil && n+p.uploading[owner] >= MaxWaiting {
		err = content.E(op, content.Quota, fmt.Errorf("%d uploads wait for their post already; post them, or wait a day until they go", MaxWaiting))
	}
	if err != nil {
		<-p.slots
		return nil, err
	}
	p.uploading[owner]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.uploading[owner]--; p.uploading[owner] == 0 {
			delete(p.uploading, owner)
		}
		<-p.slots
	}, nil
}

// spool writes an upload to a file that only this user can read.
func (p *Publisher) spool(ctx context.Context, r io.Reader) (*os.File, int64, error) {
	f, err := os.CreateTemp(p.Spool, spoolPattern) // mode 0600
	if err != nil {
		return nil, 0, err
	}
	size, err := p.fill(ctx, f, r)
	if err != nil {
		discard(f)
		return nil, 0, err
	}
	return f, size, nil
}

// fill copies an upload to a file and returns its size. It keeps off the disk's
// reserve, which belongs to the store.
func (p *Publisher) fill(ctx context.Context, f *os.File, r io.Reader) (size int64, err error) {
	const op = "publish.fill"
	for {
		if err := p.checkRoom(ctx); err != nil {
			return 0, err
		}
		n, err := io.CopyN(f, r, min(spoolStep, photo.MaxFile+1-size))
		size += n
		switch {
		case size > photo.MaxFile:
			return 0, content.E(op, content.TooLarge, fmt.Errorf("the file is over %d MiB; photos have at most that", photo.MaxFile>>20))
		case errors.Is(err, io.EOF):
			return size, nil
		case errors.Is(err, syscall.ENOSPC):
			return 0, content.E(op, content.Quota, errors.New("the disk is full; make room and upload the photo again"))
		case err != nil:
			return 0, content.E(op, content.Other, err)
		}
		if err := ctx.Err(); err != nil {
			return 0, content.E(op, content.Unavailable, err)
		}
	}
}

func (p *Publisher) checkRoom(ctx context.Context) error {
	u, err := p.Store.Usage(ctx)
	if err != nil {
		return err
	}
	if u.Free-spoolStep < u.Reserve {
		return content.E("publish.checkRoom", content.Quota, fmt.Errorf(
			"the disk is full: %d MiB are free, and %d MiB must stay free; make room and upload the photo again", u.Free>>20, u.Reserve>>20))
	}
	return nil
}

// discard closes and removes a spooled file.
func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// keep stores what became of an upload: its blocks, a hold on them, and, once
// they are durable, what the owner knows it by.
func (p *Publisher) keep(ctx context.Context, owner content.AccountID, in *photo.Ingested, opts UploadOptions) (Media, error) {
	now := p.Now()
	m := Media{
		ID: MediaID(p.clock.Next(now, 0)), Owner: owner, Removed: in.Removed,
		Expires: record.TimeOf(now.Add(MediaLifetime)).Time(),
	}
	var cids []cid.Cid
	var err error
	if m.Photo, cids, err = p.storePhoto(ctx, in); err != nil {
		return Media{}, err
	}
	m.Photo.Alt, m.Photo.Focus = record.NormalizeText(opts.Alt), opts.Focus
	if err := checkPhoto(m.Photo); err != nil {
		return Media{}, err
	}
	if err := p.holdMedia(ctx, m, cids); err != nil {
		err = errors.Join(err, p.Store.Release(context.WithoutCancel(ctx), holdName(owner, m.ID)))
		return Media{}, err
	}
	return m, nil
}

// holdMedia makes an upload durable whose blocks are stored. A crash on the way
// leaves a hold that ends by itself.
func (p *Publisher) holdMedia(ctx context.Context, m Media, cids []cid.Cid) error {
	if err := p.Store.Hold(ctx, holdName(m.Owner, m.ID), cids, m.Expires.Add(holdMargin)); err != nil {
		return err
	}
	if err := p.Store.Sync(ctx); err != nil {
		return err
	}
	return p.room.Update(ctx, func(tx *store.Tx) error { return setMedia(tx, m) })
}

// storePhoto stores the files of a photo, and returns it with all their blocks.
func (p *Publisher) storePhoto(ctx context.Context, in *photo.Ingested) (record.Photo, []cid.Cid, error) {
	ph := record.Photo{Width: in.Width, Height: in.Height, Blurhash: in.Blurhash, Camera: in.Camera}
	var cids []cid.Cid
	for _, f := range in.Renditions {
		file, err := p.storeFile(ctx, f)
		if err != nil {
			return ph, nil, err
		}
		ph.Renditions = append(ph.Renditions, file)
		cids = append(cids, file.CID.Cid)
	}
	if in.Source == nil {
		return ph, cids, nil
	}
	file, err := p.storeFile(ctx, *in.Source)
	if err != nil {
		return ph, nil, err
	}
	ph.Source = &file
	blocks, err := unixfs.Blocks(ctx, p.Store, file.CID.Cid)
	return ph, append(cids, blocks...), err
}
