package discover

import (
	"crypto/sha256"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"rossgram.app/content"
)

// providerDomain keeps a provider's key from being the hash of anything else.
const providerDomain = "rossgram/1/provider"

// ProviderKey returns the CID under which an account's holders have their
// provider records in a DHT: CIDv1, raw, with the SHA-256 of the domain
// "rossgram/1/provider", a zero byte, and the 32 bytes of the account key. Who
// knows the account can compute it; who sees it learns the account only by
// trying those it knows.
func ProviderKey(account content.AccountID) cid.Cid {
	sum := sha256.Sum256(append([]byte(providerDomain+"\x00"), account[:]...))
	hash, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil { // a known function and 32 bytes always encode
		panic("discover: " + err.Error())
	}
	return cid.NewCidV1(cid.Raw, hash)
}
