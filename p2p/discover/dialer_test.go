package discover_test

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

// start starts a host with a key and at addresses of its own.
func start(t *testing.T, key crypto.PrivKey, at []ma.Multiaddr) *p2p.Host {
	t.Helper()
	h, err := p2p.New(t.Context(), p2p.Config{Key: key, Listen: at})
	check(t, err)
	t.Cleanup(func() { h.Close() })
	check(t, h.Listen())
	return h
}

// holder is a peer that is known to hold an account, and may be off.
type holder struct {
	key     crypto.PrivKey
	info    peer.AddrInfo
	account content.AccountID
}

// newHolder finds free addresses for a peer, which is off.
func newHolder(t *testing.T, book *discover.Book) *holder {
	h := &holder{key: p2ptest.Key(t), account: p2ptest.NewAccount(t).ID}
	running := start(t, h.key, addrs("/ip4/127.0.0.1/tcp/0"))
	h.info = p2ptest.Info(running)
	check(t, running.Close())
	check(t, book.Learn(t.Context(), h.info.ID, h.info.Addrs...))
	check(t, book.Holds(t.Context(), h.info.ID, []content.AccountID{h.account}, nil))
	return h
}

func newDialer(t *testing.T, book *discover.Book, pace discover.Pace) (*p2p.Host, *discover.Dialer) {
	h := p2ptest.Host(t)
	d, err := discover.NewDialer(h, book, pace, nil)
	check(t, err)
	t.Cleanup(func() { check(t, d.Close()) })
	return h, d
}

var hasty = discover.Pace{First: 10 * time.Millisecond, Longest: 100 * time.Millisecond}

// patient pauses for longer than any test runs.
var patient = discover.Pace{First: time.Hour, Longest: 10 * time.Hour}

func TestDialerComesBackAfterAPeersRestart(t *testing.T) {
	book := openBook(t, shelf{})
	b := newHolder(t, book)
	a, dialer := newDialer(t, book, hasty)
	dialer.Want(b.account)
	for range 2 {
		running := start(t, b.key, b.info.Addrs)
		p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, running) })
		check(t, running.Close())
		p2ptest.Eventually(t, "its end", func() bool { return !p2ptest.Connected(a, running) })
	}
}

func TestFoundPeerIsDialledAtOnce(t *testing.T) {
	book := openBook(t, shelf{})
	b := newHolder(t, book)
	a, dialer := newDialer(t, book, patient)
	dialer.Want(b.account)
	p2ptest.Eventually(t, "a failure", func() bool { return dialer.Failures(b.info.ID) == 1 })
	running := start(t, b.key, b.info.Addrs)
	dialer.Found(b.info)
	p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, running) })
}

func TestRetryForgetsPauses(t *testing.T) {
	book := openBook(t, shelf{})
	b := newHolder(t, book)
	a, dialer := newDialer(t, book, patient)
	dialer.Want(b.account)
	p2ptest.Eventually(t, "a failure", func() bool { return dialer.Failures(b.info.ID) == 1 })
	running := start(t, b.key, b.info.Addrs)
	dialer.Retry()
	p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, running) })
}

// TestDialerRemembersWhomItMeets: who is connected is in the book, at an address
// that can be dialled, whoever dialled whom.
func TestDialerRemembersWhomItMeets(t *testing.T) {
	book, account := openBook(t, shelf{}), accountNumber(1)
	a, _ := newDialer(t, book, hasty)
	in, out := p2ptest.Host(t), p2ptest.Host(t)
	p2ptest.Connect(t, in, a)
	p2ptest.Connect(t, a, out)
	for _, h := range []*p2p.Host{in, out} {
		p2ptest.Eventually(t, "it to be seen", func() bool { return !book.Seen(h.ID()).IsZero() })
		check(t, book.Holds(t.Context(), h.ID(), []content.AccountID{account}, nil))
	}
	for _, info := range book.Holders(account) {
		fresh := p2ptest.Host(t)
		check(t, fresh.Connect(p2ptest.Context(t), info))
	}
}

func TestDialerLeavesAloneWhatIsNotWanted(t *testing.T) {
	book := openBook(t, shelf{})
	wanted, other := newHolder(t, book), newHolder(t, book)
	a, dialer := newDialer(t, book, hasty)
	dialer.Want(other.account)
	p2ptest.Eventually(t, "a failure", func() bool { return dialer.Failures(other.info.ID) > 0 })
	dialer.Unwant(other.account)
	p2ptest.Eventually(t, "dials to end", func() bool { return dialer.Dialling() == 0 })
	running, quiet := start(t, wanted.key, wanted.info.Addrs), start(t, other.key, other.info.Addrs)
	dialer.Want(wanted.account)
	p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, running) })
	if p2ptest.Connected(a, quiet) {
		t.Error("a holder of an account nobody wants was dialled")
	}
}

// TestSeekAndWantEndEachOnItsOwn: who has brought what there was does not end another's
// caring, nor the other way about.
func TestSeekAndWantEndEachOnItsOwn(t *testing.T) {
	for name, end := range map[string]func(*discover.Dialer, content.AccountID){
		"sought": (*discover.Dialer).Unwant, "wanted": (*discover.Dialer).Unseek,
	} {
		t.Run(name, func(t *testing.T) {
			book := openBook(t, shelf{})
			b := newHolder(t, book)
			a, dialer := newDialer(t, book, hasty)
			dialer.Want(b.account)
			dialer.Seek(b.account)
			end(dialer, b.account)
			running := start(t, b.key, b.info.Addrs)
			p2ptest.Eventually(t, "the connection", func() bool { return p2ptest.Connected(a, running) })
		})
	}
}
