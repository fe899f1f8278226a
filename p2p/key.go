package p2p

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/crypto"

	"rossgram.app/content"
)

// maxKeyFile is far above the 68 bytes of an Ed25519 key.
const maxKeyFile = 4096

// LoadOrCreateKey reads the node's key from a file, or makes an Ed25519 key and
// writes the file, with mode 0600, if there is none. The content is libp2p's
// protobuf form of a private key (libp2p specification, "Peer Ids and Keys").
// A file that others can read is refused with kind Permission.
func LoadOrCreateKey(path string) (crypto.PrivKey, error) {
	const op = "p2p.LoadOrCreateKey"
	key, err := loadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = createKey(path)
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return key, nil
}

func loadKey(path string) (crypto.PrivKey, error) {
	const op = "p2p.loadKey"
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, content.Errorf(op, content.Permission,
			fmt.Sprintf("others can read the node's key; mend it with: chmod 600 %s", path))
	}
	if info.Size() > maxKeyFile {
		return nil, content.Errorf(op, content.Corrupt, path+" is too large for a key")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := crypto.UnmarshalPrivateKey(b)
	if err != nil {
		return nil, content.E(op, content.Corrupt, fmt.Errorf("%s holds no node key: %w; without it a new one is made", path, err))
	}
	return key, nil
}

func createKey(path string) (crypto.PrivKey, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, err
	}
	b, err := crypto.MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeNew(path, b)
}

// writeNew puts the file in place whole or not at all, also if the machine stops.
func writeNew(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".node-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already unless something failed
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
