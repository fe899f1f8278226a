package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

// photoWait is how long the daemon looks for a photo among its peers.
const photoWait = 30 * time.Second

// fileError gives an error of the file system its kind.
func fileError(err error) error {
	kind := content.Other
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = content.NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = content.Permission
	case errors.Is(err, fs.ErrExist):
		kind = content.Exists
	}
	return content.E("cli", kind, err)
}

// save fetches a photo's file into a folder's file, whole or not at all.
func (s *session) save(ctx context.Context, cl *client.Client, id, path string) (int64, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".rossgram-*")
	if err != nil {
		return 0, fileError(err)
	}
	defer os.Remove(f.Name())
	n, err := s.copyPhoto(ctx, cl, id, f)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, fileError(err)
	}
	return n, nil
}

// copyPhoto writes a photo's file and, where the CID names the file itself and
// not a tree of blocks, checks that it is what the CID names.
func (s *session) copyPhoto(ctx context.Context, cl *client.Client, id string, w io.Writer) (int64, error) {
	want, err := cid.Decode(id)
	if err != nil {
		return 0, usagef("%q is no CID: %w", id, err)
	}
	body, size, err := cl.Photo(ctx, id, photoWait)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	progress, sum := s.newBar(size, id), sha256.New()
	defer progress.end()
	n, err := io.Copy(io.MultiWriter(w, sum, progress), body)
	if err != nil {
		return n, err
	}
	return n, checkSum(want, sum)
}

func checkSum(want cid.Cid, sum hash.Hash) error {
	if want.Prefix().Codec != cid.Raw {
		return nil
	}
	if got := content.FromDigest(content.Raw, [32]byte(sum.Sum(nil))); !got.Equals(want) {
		return content.Errorf("cli.checkSum", content.Corrupt, fmt.Sprintf("the daemon sent %s in place of %s: see rossgram verify", got, want))
	}
	return nil
}
