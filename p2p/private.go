package p2p

import (
	"crypto/rand"
	"crypto/sha256"
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

// NetworkHintLen is enough to tell networks apart, and too little to be a key.
const NetworkHintLen = 8

// Hint returns what an invite says of a private network: the first bytes of the
// SHA-256 of the domain "rossgram/1/network", a zero byte and the network's key;
// nothing of the public one. Who has the key sees that it is meant, others that they
// need one.
func (k NetworkKey) Hint() []byte {
	if !k.Private() {
		return nil
	}
	sum := sha256.Sum256(append([]byte("rossgram/1/network\x00"), k.psk...))
	return sum[:NetworkHintLen]
}

// Network returns the key of the network that the host is in.
func (h *Host) Network() NetworkKey { return h.network }

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
