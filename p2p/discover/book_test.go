package discover_test

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

// shelf keeps a book in memory.
type shelf map[string][]byte

func (s shelf) Load(_ context.Context, fn func(discover.Entry) error) error {
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if err := fn(discover.Entry{Key: []byte(k), Value: s[k]}); err != nil {
			return err
		}
	}
	return nil
}

func (s shelf) Save(_ context.Context, changes []discover.Entry) error {
	for _, e := range changes {
		if s[string(e.Key)] = e.Value; e.Value == nil {
			delete(s, string(e.Key))
		}
	}
	return nil
}

// onDisk keeps a book in a store, as a daemon does.
type onDisk struct{ *store.KV }

func (d onDisk) Load(ctx context.Context, fn func(discover.Entry) error) error {
	return d.View(ctx, func(tx *store.Tx) (failed error) {
		err := tx.Scan(store.Span{}, func(k, v []byte) bool {
			failed = fn(discover.Entry{Key: k, Value: v})
			return failed == nil
		})
		return errors.Join(err, failed)
	})
}

func (d onDisk) Save(ctx context.Context, changes []discover.Entry) error {
	return d.Update(ctx, func(tx *store.Tx) error {
		for _, e := range changes {
			change := tx.Set
			if e.Value == nil {
				change = func(k, _ []byte) error { return tx.Delete(k) }
			}
			if err := change(e.Key, e.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

func openBook(t testing.TB, s discover.Store) *discover.Book {
	t.Helper()
	b, err := discover.OpenBook(t.Context(), s)
	check(t, err)
	return b
}

// peerNumber returns a peer ID that is different for each n.
func peerNumber(t testing.TB, n int) peer.ID {
	raw := make([]byte, 32)
	binary.BigEndian.PutUint64(raw, uint64(n))
	key, err := crypto.UnmarshalEd25519PublicKey(raw)
	check(t, err)
	id, err := peer.IDFromPublicKey(key)
	check(t, err)
	return id
}

func accountNumber(n int) (a content.AccountID) {
	binary.BigEndian.PutUint64(a[:], uint64(n))
	return a
}

func TestBookSurvivesARestart(t *testing.T) {
	dir, account := t.TempDir(), p2ptest.NewAccount(t).ID
	near, far, gone := peerNumber(t, 1), peerNumber(t, 2), peerNumber(t, 3)
	home := addrs("/ip4/192.0.2.7/tcp/4001", "/ip4/192.0.2.7/udp/4001/quic-v1")
	var want []peer.AddrInfo
	var seen time.Time
	for restart := range 2 {
		s, err := store.Open(t.Context(), dir, store.Options{})
		check(t, err)
		b := openBook(t, onDisk{s.State().Bucket("book/")})
		if restart == 0 {
			check(t, b.Learn(t.Context(), far, addrs("/dns4/photos.example/tcp/4001")...))
			check(t, b.Saw(t.Context(), near, home...))
			for _, p := range []peer.ID{near, far, gone} {
				check(t, b.Holds(t.Context(), p, []content.AccountID{account}, nil))
			}
			check(t, b.Holds(t.Context(), gone, nil, []content.AccountID{account}))
			want, seen = b.Holders(account), b.Seen(near).Truncate(time.Second)
		}
		if got := b.Holders(account); len(got) != 2 || got[0].ID != near || got[1].ID != far || !reflect.DeepEqual(got, want) {
			t.Errorf("start %d: %v, want the peer seen last first", restart, got)
		}
		if got := b.Seen(near).Truncate(time.Second); !got.Equal(seen) || !b.Seen(far).IsZero() {
			t.Errorf("start %d: seen %v, want %v", restart, got, seen)
		}
		if got := b.Held(near); len(got) != 1 || got[0] != account {
			t.Errorf("start %d: holds %v", restart, got)
		}
		check(t, s.Close())
	}
}

// TestBookIsBounded tells a book of far more peers, addresses and accounts than
// it remembers; what it keeps and stores stays within its limits, and a holder is
// not pushed out by strangers.
func TestBookIsBounded(t *testing.T) {
	s := shelf{}
	b := openBook(t, s)
	holder, account := peerNumber(t, 0), accountNumber(0)
	check(t, b.Holds(t.Context(), holder, []content.AccountID{account}, nil))
	many := make([]ma.Multiaddr, 100)
	for i := range many {
		many[i] = addrs("/ip4/192.0.2.7/tcp/1")[0].Encapsulate(ma.StringCast("/dns4/n" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".example"))
	}
	for n := range discover.MaxPeers + 100 {
		check(t, b.Saw(t.Context(), peerNumber(t, n+1), many...))
	}
	if got := b.Holders(account); len(got) != 1 || got[0].ID != holder {
		t.Errorf("strangers pushed out the holder: %v", got)
	}
	claims := make([]content.AccountID, 2*discover.MaxAccounts)
	for i := range claims {
		claims[i] = accountNumber(i)
	}
	liar := peerNumber(t, discover.MaxPeers+100)
	check(t, b.Holds(t.Context(), liar, claims, nil))
	if got := len(b.Held(liar)); got != discover.MaxAccounts {
		t.Errorf("%d accounts of one peer", got)
	}
	for n := range 3 * discover.MaxPeersPerAccount {
		check(t, b.Holds(t.Context(), peerNumber(t, n+200), []content.AccountID{account}, nil))
	}
	got := b.Holders(account)
	if len(got) != discover.MaxPeersPerAccount || len(got[0].Addrs) != discover.MaxAddrsPerPeer {
		t.Errorf("%d holders, the first with %d addresses", len(got), len(got[0].Addrs))
	}
	if most := discover.MaxPeers + discover.MaxAccounts + discover.MaxPeersPerAccount; len(s) > most {
		t.Errorf("%d entries in the store, over %d", len(s), most)
	}
	if again := openBook(t, s); !reflect.DeepEqual(ids(again.Holders(account)), ids(got)) {
		t.Error("a restart forgot holders")
	}
}

func ids(infos []peer.AddrInfo) map[peer.ID]bool {
	set := make(map[peer.ID]bool)
	for _, i := range infos {
		set[i.ID] = true
	}
	return set
}

func TestLongAddressIsNotRemembered(t *testing.T) {
	b, p, account := openBook(t, shelf{}), peerNumber(t, 1), accountNumber(1)
	long := addrs("/ip4/192.0.2.7/tcp/1")[0]
	for len(long.Bytes()) <= 256 {
		long = long.Encapsulate(ma.StringCast("/dns4/a-very-long-name-of-a-node-somewhere.example"))
	}
	check(t, b.Learn(t.Context(), p, long, nil))
	check(t, b.Holds(t.Context(), p, []content.AccountID{account}, nil))
	if got := b.Holders(account); len(got) != 1 || len(got[0].Addrs) != 0 {
		t.Errorf("got %v", got)
	}
}

// TestBrokenEntriesAreDropped: what cannot be read is forgotten, also in the
// store, and the rest is there.
func TestBrokenEntriesAreDropped(t *testing.T) {
	s, p, account := shelf{}, peerNumber(t, 1), accountNumber(1)
	b := openBook(t, s)
	check(t, b.Saw(t.Context(), p, addrs("/ip4/192.0.2.7/tcp/1")...))
	check(t, b.Holds(t.Context(), p, []content.AccountID{account}, nil))
	whole := maps.Clone(s)
	maps.Copy(s, shelf{
		"":                                   {},
		"p":                                  {},
		"q12":                                {},
		"pnot a peer":                        {0xa0},
		"p" + string(peerNumber(t, 2)):       []byte("junk"),
		"p" + string(peerNumber(t, 3)):       {},
		"h" + string(account[:]):             {},
		"h" + string(account[:]) + "junk":    {},
		"h" + string(account[:16]) + "short": {},
	})
	again := openBook(t, s)
	if got := again.Holders(account); len(got) != 1 || got[0].ID != p || len(got[0].Addrs) != 1 {
		t.Errorf("got %v", got)
	}
	if !reflect.DeepEqual(s, whole) {
		t.Errorf("%d entries are left in the store, want %d", len(s), len(whole))
	}
}
