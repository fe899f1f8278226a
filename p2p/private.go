package p2p

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/libp2p/go-libp2p/core/pnet"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// NetworkKey is the key of a private network: nodes with different keys, or one
// with and one without, cannot talk at all. The zero value is the public network.
type NetworkKey struct{ psk pnet.PSK }

// Private reports whether there is a key.
func (k NetworkKey) Private() bool { return len(k.psk) > 0 }

// maxNetworkKeyFile is far above what the file of a key holds.
const maxNetworkKeyFile = 4 << 10

// LoadNetworkKey reads a key in the form of IPFS (libp2p specification "Private
// Networks": /key/swarm/psk/1.0.0/). Kinds: NotFound, Corrupt, and Permission if
// others may read it.
func LoadNetworkKey(path string) (NetworkKey, error) {
	const op = "p2p.LoadNetworkKey"
	if err := keys.CheckPrivate(path); err != nil {
		if content.KindOf(err) == content.NotFound {
			err = fmt.Errorf("the private network's key %s is not there: copy it from another node of the network", path)
			return NetworkKey{}, content.E(op, content.NotFound, err)
		}
		return NetworkKey{}, content.E(op, content.Other, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return NetworkKey{}, content.E(op, content.Other, err)
	}
	defer f.Close()
	psk, err := pnet.DecodeV1PSK(io.LimitReader(f, maxNetworkKeyFile))
	if err != nil {
		return NetworkKey{}, content.E(op, content.Corrupt, fmt.Errorf("%s is no key of a private network: %w", path, err))
	}
	return NetworkKey{psk}, nil
}

// CreateNetworkKey writes a new key, which is of kind Conflict if there is one.
func CreateNetworkKey(path string) error {
	const op = "p2p.CreateNetworkKey"
	if _, err := os.Lstat(path); err == nil {
		return content.E(op, content.Conflict, fmt.Errorf("%s is there already", path))
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	text := fmt.Appendf(nil, "/key/swarm/psk/1.0.0/\n/base16/\n%s\n", hex.EncodeToString(key))
	if err := keys.WriteFile(path, text); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// forPrivate splits addresses into those that a private network can use and the
// rest: QUIC brings its own encryption, under which the network's does not fit.
func forPrivate(addrs []ma.Multiaddr) (usable, not []ma.Multiaddr) {
	for _, a := range addrs {
		if has(a, ma.P_UDP) {
			not = append(not, a)
		} else {
			usable = append(usable, a)
		}
	}
	return usable, not
}

// String keeps the key out of logs.
func (k NetworkKey) String() string {
	if k.Private() {
		return "private"
	}
	return "public"
}
