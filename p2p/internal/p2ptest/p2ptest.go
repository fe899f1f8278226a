// Package p2ptest makes what tests of the network need: hosts on loopback, and
// accounts that sign real heads. It is imported by tests only.
package p2ptest

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// Context returns a context that ends with the test, or when patience does.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Key returns a new node key.
func Key(t testing.TB) crypto.PrivKey {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Host starts a host on loopback that is closed with the test.
func Host(t testing.TB) *p2p.Host { return HostWith(t, p2p.Config{}) }

// HostWith starts a host that is closed with the test. It gets a key, and listens
// on loopback if the configuration does not say where.
func HostWith(t testing.TB, cfg p2p.Config) *p2p.Host {
	cfg.Key, cfg.Agent = Key(t), "rossgram/test"
	if len(cfg.Listen) == 0 {
		cfg.Listen = p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))
	}
	h, err := p2p.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.Listen(); err != nil {
		t.Fatal(err)
	}
	return h
}

// Info returns where a host can be dialled.
func Info(h *p2p.Host) peer.AddrInfo {
	return peer.AddrInfo{ID: h.ID(), Addrs: h.Libp2p().Addrs()}
}

// Connect connects two hosts and waits until each knows what the other speaks, also
// what it began to speak a moment ago.
func Connect(t testing.TB, a, b *p2p.Host) {
	t.Helper()
	Eventually(t, "identification", func() bool {
		if err := a.Connect(Context(t), Info(b)); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if identified(a, b) && identified(b, a) {
				return true
			}
		}
		// libp2p may have said what it spoke a moment before, and says nothing more.
		if err := a.Libp2p().Network().ClosePeer(b.ID()); err != nil {
			t.Fatal(err)
		}
		return false
	})
}

func identified(h, other *p2p.Host) bool {
	p, ok := h.Peer(other.ID())
	if !ok || len(p.Protocols) == 0 {
		return false
	}
	for _, spoken := range other.Libp2p().Mux().Protocols() {
		if !slices.Contains(p.Protocols, spoken) {
			return false
		}
	}
	return true
}

// Connected reports whether a and b are.
func Connected(a, b *p2p.Host) bool {
	return a.Libp2p().Network().Connectedness(b.ID()) == network.Connected
}

// Eventually polls until done, and fails the test if that takes too long.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// Account is an account whose phrase the test has.
type Account struct {
	ID     content.AccountID
	Cert   content.Certificate
	Writer keys.WriterKey
}

// NewAccount makes an account with a certificate of epoch 1.
func NewAccount(t testing.TB) Account {
	phrase, err := keys.NewPhrase()
	check(t, err)
	return certify(t, phrase, keys.NewWriterKey(), time.Now())
}

func certify(t testing.TB, phrase keys.Phrase, writer keys.WriterKey, now time.Time) Account {
	account, err := phrase.AccountKey()
	check(t, err)
	seal, err := phrase.SealingKey(1)
	check(t, err)
	cert, err := account.Certify(1, writer.Public(), seal, now)
	check(t, err)
	return Account{account.ID(), cert, writer}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Head signs a commit over a tree at a moment. Prev may be nil.
func (a Account) Head(t testing.TB, at time.Time, prev *content.Head, tree content.Block) content.Head {
	c := content.Commit{
		Version: content.CommitVersion, Account: a.ID, Epoch: a.Cert.Epoch,
		Rev: content.NewTID(at, 1), Data: dagcbor.Link{Cid: tree.CID},
	}
	if prev != nil {
		c.Prev = dagcbor.LinkTo(CommitBlock(t, *prev).CID)
	}
	c.Sig = a.Writer.Sign(keys.DomainCommit, unsigned(t, c))
	return content.Head{Cert: a.Cert, Commit: c}
}

// Chain signs n heads, a second apart, each the next of the one before, the last
// of them a minute ago.
func (a Account) Chain(t testing.TB, n int) []content.Head {
	heads := make([]content.Head, n)
	var prev *content.Head
	for i := range heads {
		at := time.Now().Add(-time.Minute - time.Duration(n-i)*time.Second)
		heads[i] = a.Head(t, at, prev, Tree(t, i))
		prev = &heads[i]
	}
	return heads
}

// Tree returns a block that stands for the root of a tree and links to others.
func Tree(t testing.TB, n int, links ...content.Block) content.Block {
	ls := make([]dagcbor.Link, len(links))
	for i, b := range links {
		ls[i] = dagcbor.Link{Cid: b.CID}
	}
	data, err := dagcbor.Marshal(map[string]any{"n": n, "links": ls})
	check(t, err)
	return content.NewBlock(content.DagCBOR, data)
}

// CommitBlock returns the block of a head's commit.
func CommitBlock(t testing.TB, h content.Head) content.Block {
	b, err := dagcbor.Marshal(h.Commit)
	check(t, err)
	return content.NewBlock(content.DagCBOR, b)
}

// unsigned is what a commit's signature is over: the same map without "sig".
func unsigned(t testing.TB, c content.Commit) []byte {
	b, err := dagcbor.Marshal(struct {
		Version int               `cbor:"version"`
		Account content.AccountID `cbor:"account"`
		Epoch   content.Epoch     `cbor:"epoch"`
		Rev     content.TID       `cbor:"rev"`
		Prev    *dagcbor.Link     `cbor:"prev"`
		Data    dagcbor.Link      `cbor:"data"`
	}{c.Version, c.Account, c.Epoch, c.Rev, c.Prev, c.Data})
	check(t, err)
	return b
}

// Verify returns what verifies heads. It is to repo.VerifyHead what [Account.Head]
// is to package repo.
func Verify(t testing.TB) p2p.VerifyHead {
	return func(h content.Head, now time.Time) error {
		const op = "p2ptest.Verify"
		if err := keys.VerifyCertificate(h.Cert); err != nil {
			return err
		}
		switch {
		case h.Cert.Account != h.Commit.Account, h.Cert.Epoch != h.Commit.Epoch,
			!keys.Verify(h.Cert.Writer, keys.DomainCommit, unsigned(t, h.Commit), h.Commit.Sig):
			return content.Errorf(op, content.Invalid, "forged")
		case h.Commit.Rev.Time().After(now.Add(content.MaxClockSkew)):
			return content.Errorf(op, content.Unavailable, "ahead of the clock")
		}
		return nil
	}
}

// Forge returns a head with one bit of its signature turned.
func Forge(h content.Head) content.Head {
	h.Commit.Sig = slices.Clone(h.Commit.Sig)
	h.Commit.Sig[7] ^= 1
	return h
}
