package discover

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p"
)

// Pace says how a [Dialer] tries. What is zero has the default that is named.
type Pace struct {
	First   time.Duration // pause after the first failure; 1 s
	Longest time.Duration // longest pause; 10 min
	AtOnce  int           // peers dialled at a time; 8
	Enough  int           // connected holders of an account that are enough; 4
}

func (p *Pace) setDefaults() {
	if p.First == 0 {
		p.First = time.Second
	}
	if p.Longest == 0 {
		p.Longest = 10 * time.Minute
	}
	if p.AtOnce == 0 {
		p.AtOnce = 8
	}
	if p.Enough == 0 {
		p.Enough = 4
	}
}

// maxNearby is how many nodes of the local network are remembered for dialling.
const maxNearby = 64

// Dialer keeps a node connected to holders of the accounts it cares about. A
// peer that cannot be reached is tried again after pauses that double, with
// jitter; at once if the machine's network changes or the peer appears on the
// local network. It also writes into the book whom it meets. It is safe for
// concurrent use.
type Dialer struct {
	host *p2p.Host
	book *Book
	pace Pace
	log  *slog.Logger
	wake chan struct{} // holds one: there is something to look at

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // the owner and its dials

	mu     sync.Mutex
	wanted map[content.AccountID]struct{}
	sought map[content.AccountID]struct{} // see Seek
	nearby map[peer.ID][]ma.Multiaddr
	tries  tries
}

// NewDialer starts a dialer.
func NewDialer(h *p2p.Host, book *Book, pace Pace, log *slog.Logger) (*Dialer, error) {
	pace.setDefaults()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	moved, err := h.Libp2p().EventBus().Subscribe(new(event.EvtLocalAddressesUpdated))
	if err != nil {
		return nil, content.E("discover.NewDialer", content.Other, err)
	}
	d := &Dialer{
		host: h, book: book, pace: pace, log: log,
		wake:   make(chan struct{}, 1),
		wanted: make(map[content.AccountID]struct{}),
		sought: make(map[content.AccountID]struct{}),
		nearby: make(map[peer.ID][]ma.Multiaddr),
		tries:  newTries(pace),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.running.Add(1)
	go d.run(moved)
	return d, nil
}

// Want begins to care about an account.
func (d *Dialer) Want(account content.AccountID) {
	d.mu.Lock()
	d.wanted[account] = struct{}{}
	d.mu.Unlock()
	d.look()
}

// Unwant ends [Dialer.Want]. Connections stay.
func (d *Dialer) Unwant(account content.AccountID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.wanted, account)
}

// Seek is [Dialer.Want] for who has something to bring to an account and then is done
// with it. The two end each on its own.
func (d *Dialer) Seek(account content.AccountID) {
	d.mu.Lock()
	d.sought[account] = struct{}{}
	d.mu.Unlock()
	d.look()
}

// Unseek ends [Dialer.Seek]. Connections stay.
func (d *Dialer) Unseek(account content.AccountID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sought, account)
}

// accounts returns those that somebody here cares about, in no particular order.
// d.mu is held.
func (d *Dialer) accounts() []content.AccountID {
	list := make([]content.AccountID, 0, len(d.wanted)+len(d.sought))
	for a := range d.wanted {
		list = append(list, a)
	}
	for a := range d.sought {
		if _, twice := d.wanted[a]; !twice {
			list = append(list, a)
		}
	}
	return list
}

// Found tells of a node on the local network, to which a connection is tried now
// whatever failed before: it may hold what is wanted. See [StartMDNS].
func (d *Dialer) Found(info peer.AddrInfo) {
	d.mu.Lock()
	if len(d.nearby) < maxNearby || d.nearby[info.ID] != nil {
		d.nearby[info.ID] = info.Addrs[:min(len(info.Addrs), MaxAddrsPerPeer)]
		d.tries.reset(info.ID)
	}
	d.mu.Unlock()
	d.look()
}

// Heard takes up what others say: that these peers hold an account. They are
// dialled if it is wanted and has too few holders; what was seen stays.
func (d *Dialer) Heard(account content.AccountID, infos []peer.AddrInfo) {
	news := d.book.Heard(account, infos)
	if len(news) == 0 {
		return
	}
	d.mu.Lock()
	for _, p := range news {
		d.tries.reset(p)
	}
	d.mu.Unlock()
	d.look()
}

// Retry forgets all pauses, as after the book has learnt of a new holder.
func (d *Dialer) Retry() {
	d.mu.Lock()
	d.tries.resetAll()
	d.mu.Unlock()
	d.look()
}

// Close stops dialling and waits for it.
func (d *Dialer) Close() error {
	d.cancel()
	d.running.Wait()
	return nil
}

func (d *Dialer) look() {
	select {
	case d.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run owns the dialler: it sleeps until there is something to do.
func (d *Dialer) run(moved event.Subscription) {
	defer d.running.Done()
	defer moved.Close()
	peers, unsubscribe := d.host.Subscribe(256)
	defer unsubscribe()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-d.ctx.Done():
			return
		case e, ok := <-peers:
			if !ok {
				return
			}
			d.observe(e)
		case <-moved.Out():
			d.Retry()
		case <-d.wake:
			d.dialDue(timer)
		case <-timer.C:
			d.dialDue(timer)
		}
	}
}

// observe writes into the book whom we met, and looks for another holder when
// one goes.
func (d *Dialer) observe(e p2p.PeerEvent) {
	switch e.Change {
	case p2p.Identified:
		if err := d.remember(e.Peer); err != nil {
			d.log.Warn("cannot remember a peer", "peer", e.Peer, "error", err)
		}
	case p2p.Disconnected:
		d.mu.Lock()
		d.tries.lost(e.Peer)
		d.mu.Unlock()
		d.look()
	}
}

func (d *Dialer) remember(p peer.ID) error {
	conns := d.host.Libp2p().Network().ConnsToPeer(p)
	if len(conns) == 0 {
		return nil
	}
	via := conns[0].RemoteMultiaddr()
	var addrs []ma.Multiaddr
	if conns[0].Stat().Direction == network.DirOutbound {
		addrs = append(addrs, via) // of an inbound one the port is not listened on
	}
	addrs = append(addrs, Reachable(d.host.Libp2p().Peerstore().Addrs(p), via)...)
	return d.book.Saw(d.ctx, p, addrs...)
}

// dialDue starts the dials that are due and sets the timer for the next.
func (d *Dialer) dialDue(timer *time.Timer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	var next time.Time
	for _, info := range d.candidates() {
		switch due := d.tries.due(info.ID); {
		case d.tries.dialling >= d.pace.AtOnce: // a dial that ends looks again
		case !due.After(now):
			d.tries.begin(info.ID)
			d.running.Add(1)
			go d.dial(info)
		case next.IsZero() || due.Before(next):
			next = due
		}
	}
	if !next.IsZero() {
		timer.Reset(next.Sub(now))
	}
}

// candidates returns the peers to be connected to that are not, and not being
// dialled. d.mu is held.
func (d *Dialer) candidates() []peer.AddrInfo {
	seen := make(map[peer.ID]bool)
	var list []peer.AddrInfo
	add := func(info peer.AddrInfo) {
		if !seen[info.ID] && !d.connected(info.ID) && !d.tries.active(info.ID) && info.ID != d.host.ID() && len(info.Addrs) > 0 {
			seen[info.ID] = true
			list = append(list, info)
		}
	}
	for p, addrs := range d.nearby {
		add(peer.AddrInfo{ID: p, Addrs: addrs})
	}
	for _, a := range d.accounts() {
		if len(d.present(a)) < d.pace.Enough {
			for _, info := range d.book.Candidates(a) {
				add(info)
			}
		}
	}
	return list
}

func (d *Dialer) connected(p peer.ID) bool {
	return d.host.Libp2p().Network().Connectedness(p) == network.Connected
}

// present returns the connected holders of an account.
func (d *Dialer) present(a content.AccountID) []peer.ID {
	return slices.DeleteFunc(d.book.holding(a), func(p peer.ID) bool { return !d.connected(p) })
}

func (d *Dialer) dial(info peer.AddrInfo) {
	defer d.running.Done()
	err := d.host.Connect(d.ctx, info)
	if err != nil {
		d.log.Debug("cannot reach a peer", "peer", info.ID, "error", err)
	}
	d.mu.Lock()
	d.tries.end(info.ID, err == nil)
	if err != nil && d.tries.failures(info.ID) >= nearbyTries {
		delete(d.nearby, info.ID) // until it is found again
		d.book.Refute(info.ID)
	}
	d.mu.Unlock()
	d.look()
}
