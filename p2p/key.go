package p2p

import (
	"crypto/rand"
	"fmt"
	"os"

	"github.com/libp2p/go-libp2p/core/crypto"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// LoadOrCreateKey reads the node's key from a file, or makes an Ed25519 key and
// writes the file, with mode 0600 and whole or not at all, if there is none. The
// content is libp2p's protobuf form of a private key (libp2p specification, "Peer
// Ids and Keys"). A file that others can read is refused with kind Permission.
func LoadOrCreateKey(path string) (crypto.PrivKey, error) {
	const op = "p2p.LoadOrCreateKey"
	err := keys.CheckPrivate(path)
	var key crypto.PrivKey
	switch {
	case err == nil:
		key, err = loadKey(path)
	case content.KindOf(err) == content.NotFound:
		key, err = createKey(path)
	}
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return key, nil
}

func loadKey(path string) (crypto.PrivKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := crypto.UnmarshalPrivateKey(b)
	if err != nil {
		return nil, content.E("p2p.loadKey", content.Corrupt,
			fmt.Errorf("%s holds no node key (%w); move it away and a new one is made", path, err))
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
	return key, keys.WriteFile(path, b)
}
