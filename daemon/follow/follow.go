// Package follow keeps followed accounts current. It learns of newer heads from
// announcements and by comparing heads with peers, proves that they succeed the
// head held, fetches what is new (records and pages of comments first, so that the
// feed can be drawn and threads be read, then the renditions of the newest posts), and
// publishes it to the replica.
//
// Whom to follow is not its decision: it reads the follow records of the hosted
// accounts, and hears of changes as a [replica.Watcher], see [Keeper.Watch].
//
// It guarantees that an account advances only along one history, that what an
// account or a peer can make the node fetch is bounded (limits.go), and that what
// fails is tried again: when a holder appears, and at growing intervals. It keeps
// at most one pending head an account. What it fetched survives a restart; where
// it stopped, it goes on.
package follow

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/branch"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// Parts is what a keeper works with. All are needed but those that say otherwise.
type Parts struct {
	Replica  *replica.Replica
	Store    *store.Store
	Host     *p2p.Host
	Announce *announce.Announcer
	Sync     *syncing.Syncer
	Exchange *exchange.Exchange
	Book     *discover.Book
	Dialer   *discover.Dialer
	Branches *branch.Shelf
	Events   *event.Bus
	Log      *slog.Logger
	// Sources says to fetch the full-size photos too, not only on demand.
	Sources bool
	// Budget says what to fetch unasked; nil is all, but Sources only if it says so.
	Budget Budget
	// Pages hears that pages of comments of an account may have come after the records
	// that refer to them, and which records these are: none for any. It is nil if nobody
	// wants to know.
	Pages func(ctx context.Context, id content.AccountID, by ...content.Path) error
	// Forget removes what was derived from an account that is dropped.
	Forget func(context.Context, content.AccountID) error
}

// Keeper keeps followed accounts current. Make it with [New], then [Keeper.Start]
// it once the hosted accounts are open. It is safe for concurrent use.
type Keeper struct {
	Parts
	room   *store.KV // see marks.go
	ctx    context.Context
	cancel context.CancelFunc
	owned  sync.WaitGroup
	pace   *rate.Limiter // of asking peers
	slots  chan struct{} // taken by each peer being asked
	lines  *lines        // of files
	mend   chan struct{} // holds one: blocks of hosted accounts are to be mended

	// mu guards the rest. Under it, neither the replica nor the store is used.
	mu       sync.Mutex
	accounts map[content.AccountID]*account
	keys     map[string]content.AccountID // the accounts by record.FollowKey
	lanes    [tasks]lane
	asking   map[peer.ID]chan scope // peers being asked; each holds one: ask again
	warned   map[content.AccountID]content.Version
	forks    map[content.AccountID]content.Epoch        // of which there is evidence
	later    map[peer.ID]*time.Timer                    // see askLater
	broken   map[content.AccountID]map[cid.Cid]struct{} // damaged blocks, until they are fetched again
	closed   bool
}

// New returns a keeper that does nothing yet.
func New(parts Parts) *Keeper {
	k := &Keeper{
		Parts: parts, room: parts.Store.State().Bucket("follow/"),
		pace:     rate.NewLimiter(asksPerSecond, asksBurst),
		slots:    make(chan struct{}, asksAtOnce),
		lines:    newLines(),
		mend:     make(chan struct{}, 1),
		accounts: make(map[content.AccountID]*account),
		keys:     make(map[string]content.AccountID),
		asking:   make(map[peer.ID]chan scope),
		warned:   make(map[content.AccountID]content.Version),
		forks:    make(map[content.AccountID]content.Epoch),
		later:    make(map[peer.ID]*time.Timer),
		broken:   make(map[content.AccountID]map[cid.Cid]struct{}),
	}
	if k.Budget == nil {
		k.Budget = noBudget{k}
	}
	for t := range k.lanes {
		k.lanes[t].turn = sync.NewCond(&k.mu)
	}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return k
}

// Start reads whom the hosted accounts follow, listens to announcements of them
// and of the hosted accounts, and begins to work. ctx bounds the start only.
func (k *Keeper) Start(ctx context.Context) error {
	const op = "follow.Start"
	if err := k.ownAccounts(ctx); err != nil {
		return content.E(op, content.Other, err)
	}
	if err := k.dropLeftovers(ctx); err != nil {
		return content.E(op, content.Other, err)
	}
	for range stepWorkers {
		k.own(k.work(repository))
	}
	for range fileWorkers {
		k.own(k.work(files))
	}
	peers, unsubscribe := k.Host.Subscribe(256)
	k.own(func(ctx context.Context) {
		defer unsubscribe()
		k.watchPeers(ctx, peers)
	})
	k.own(k.listen)
	k.own(k.compareNowAndThen)
	k.own(k.seekBranches)
	k.own(k.mendBroken)
	k.askConnected(askMany)
	return nil
}

// own runs f until the keeper closes, unless it has.
func (k *Keeper) own(f func(context.Context)) {
	if k.enter() {
		go func() {
			defer k.owned.Done()
			f(k.ctx)
		}()
	}
}

// enter reports whether the keeper is open; if so, [Keeper.Close] waits until
// owned.Done is called.
func (k *Keeper) enter() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.owned.Add(1)
	}
	return !k.closed
}

// Close stops all work and waits for it. What was not finished is taken up after
// the next start.
func (k *Keeper) Close() error {
	k.cancel()
	k.mu.Lock()
	k.closed = true
	for t := range k.lanes {
		k.lanes[t].turn.Broadcast()
	}
	for _, a := range k.accounts {
		a.stopTimers()
	}
	k.stopAsking()
	k.mu.Unlock()
	k.owned.Wait()
	return nil
}
