package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rossgram.app/content"
)

const maxKeyFile = 4096 // bytes

// CheckPrivate refuses a file or folder that others than its owner may use, with
// kind Permission and the command that mends it.
func CheckPrivate(path string) error {
	const op = "keys.CheckPrivate"
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return content.E(op, content.NotFound, err)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	mode := fs.FileMode(0o600)
	if info.IsDir() {
		mode = 0o700
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return content.E(op, content.Permission, fmt.Errorf("%s is neither a file nor a folder", path))
	}
	if looseRights(info) {
		return content.E(op, content.Permission, fmt.Errorf("others may read %s; mend it with: chmod %o '%s'", path, mode, path))
	}
	return nil
}

// readPrivate reads a small file that passes [CheckPrivate].
func readPrivate(path string) ([]byte, error) {
	if err := CheckPrivate(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if len(b) > maxKeyFile {
		err = content.Errorf("keys.readPrivate", content.Corrupt, path+" is too large for a key file")
	}
	return b, err
}

// WriteFile puts b in place of a file, with mode 0600, whole or not at all: what
// is there before or after a crash is the one or the other. It is durable when
// WriteFile returns.
func WriteFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
