package daemon

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/photo"
	"rossgram.app/content/repo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/branch"
	"rossgram.app/daemon/follow"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/exchange"
	syncing "rossgram.app/p2p/sync"
)

// openHome opens keys, store and index.
func (n *Node) openHome(ctx context.Context) (err error) {
	if err := checkHome(n.cfg.Home); err != nil {
		return err
	}
	n.store, err = store.Open(ctx, n.cfg.Home, n.cfg.storeOptions())
	if err != nil {
		return err
	}
	n.onClose(n.store.Close)
	if n.rings, err = openKeyrings(n.cfg.Home); err != nil {
		return err
	}
	viewers := make([]content.AccountID, len(n.rings))
	for i, ring := range n.rings {
		viewers[i] = ring.ID()
	}
	n.index, err = index.Open(ctx, n.store.Index().Bucket("index/"), n.store.State().Bucket("index/"), n.store, viewers)
	return err
}

// openRepositories brings the index up and opens the hosted accounts for writing.
func (n *Node) openRepositories(ctx context.Context) (err error) {
	indexer := &indexer{n.store, n.index}
	if err := indexer.catchUp(ctx); err != nil {
		return err
	}
	n.replica = replica.New(n.store, time.Now,
		indexer.watch, n.watchOutbox, n.watchFollows, n.watchAnnounce, n.watchMirrors, n.watchReception,
		(&teller{n.events, n.index}).watch)
	n.onClose(n.replica.Close)
	if n.branches, err = branch.Open(ctx, n.store, n.replica); err != nil {
		return err
	}
	photos := photo.New()
	n.onClose(photos.Close)
	n.publish, err = publish.Open(ctx, publish.Parts{
		Replica: n.replica, Store: n.store, Photos: photos, Spool: n.cfg.path(spoolDir), Now: time.Now,
		Known: n.index,
	})
	if err != nil {
		return err
	}
	for _, ring := range n.rings {
		if err := n.hostAccount(ctx, ring); err != nil {
			return err
		}
	}
	return nil
}

// ensureProfile makes up for an init that was interrupted before it gave the
// account a name.
func (n *Node) ensureProfile(ctx context.Context, account content.AccountID) error {
	_, err := n.replica.Head(ctx, account)
	if content.KindOf(err) != content.NotFound {
		return err
	}
	name := account.Fingerprint()
	return n.publish.UpdateProfile(ctx, account, publish.ProfileChange{Name: &name})
}

// openNetwork starts the host and its protocols.
func (n *Node) openNetwork(ctx context.Context) (err error) {
	if n.book, err = discover.OpenBook(ctx, bookRoom{n.store.State().Bucket("book/")}); err != nil {
		return err
	}
	n.contacts = &contacts{book: n.book, replica: n.replica}
	if n.host, err = openHost(ctx, n.cfg, n.contacts); err != nil {
		return err
	}
	n.onClose(n.host.Close)
	if err := n.openBudget(ctx); err != nil {
		return err
	}
	published := n.budget.Serve(n.store.Published())
	if n.exchange, err = exchange.New(n.host.Libp2p(), exchange.Config{Published: published}); err != nil {
		return err
	}
	n.onClose(n.exchange.Close)
	n.sync, err = syncing.New(n.host.Libp2p(), syncing.Config{
		Source: publicRecord{n.replica, n.store, n.budget}, Verify: repo.VerifyHead, FilesOf: follow.Shown, Directory: directory{n}, Sizes: n.budget, Witness: &n.witness,
	})
	if err != nil {
		return err
	}
	n.onClose(n.sync.Close)
	if n.dialer, err = discover.NewDialer(n.host, n.book, discover.Pace{}, n.log); err != nil {
		return err
	}
	n.onClose(n.dialer.Close)
	return nil
}

// openFollow begins to keep followed accounts current and to look for peers.
func (n *Node) openFollow(ctx context.Context) (err error) {
	n.announce, err = announce.New(n.host.Lasting(), announce.Config{Verify: repo.VerifyHead, Judge: judge{n}, Logger: n.log})
	if err != nil {
		return err
	}
	n.onClose(n.announce.Close)
	n.follow = follow.New(follow.Parts{
		Replica: n.replica, Store: n.store, Host: n.host, Announce: n.announce, Sync: n.sync, Exchange: n.exchange,
		Book: n.book, Dialer: n.dialer, Branches: n.branches, Events: n.events, Log: n.log, Sources: n.cfg.Follow.Sources, Budget: n.budget,
		Pages: n.index.FillPages, Forget: n.forget,
	})
	n.onClose(n.follow.Close)
	n.budget.Start(n.follow.LookAgain)
	n.onClose(n.budget.Close)
	n.witness.keeper.Store(n.follow)
	n.contacts.follow.Store(n.follow)
	n.contacts.announce.Store(n.announce)
	peers, unsubscribe := n.host.Subscribe(256)
	var telling sync.WaitGroup
	telling.Go(func() { (&teller{n.events, n.index}).tellPeers(peers) })
	n.onClose(func() error { unsubscribe(); telling.Wait(); return nil })
	if err := n.openMirrors(ctx); err != nil {
		return err
	}
	if err := n.openMailbox(ctx); err != nil {
		return err
	}
	if err := n.host.Listen(); err != nil {
		return err
	}
	if err := n.follow.Start(ctx); err != nil {
		return err
	}
	n.mirrors.Start()
	if err := n.outbox.Start(ctx); err != nil {
		return err
	}
	if err := bootstrap(n.cfg.Network.Bootstrap, n.dialer.Found); err != nil {
		return err
	}
	if n.cfg.Network.MDNS {
		n.startMDNS()
	}
	return nil
}

// startMDNS looks for nodes on the local network; a machine that can't is no
// failure.
func (n *Node) startMDNS() {
	m, err := discover.StartMDNS(n.host.Libp2p(), n.dialer.Found)
	if err != nil {
		n.log.Warn("nodes on the local network are not found", "error", err)
		return
	}
	n.onClose(m.Close)
}

// openAPI listens, serves and says where.
func (n *Node) openAPI(ctx context.Context) (err error) {
	if n.access, err = access.Open(ctx, n.store.State().Bucket("access/"), time.Now); err != nil {
		return err
	}
	router, err := n.routes(ctx)
	if err != nil {
		return err
	}
	l, err := listenAPI(ctx, n.cfg.API.Listen)
	if err != nil {
		return err
	}
	n.api = "http://" + l.Addr().String()
	serving, stop := context.WithCancel(context.Background())
	server := newServer(serving, router)
	server.RegisterOnShutdown(n.ours.Close)
	n.onClose(func() error { defer stop(); return shutdown(server) })
	go n.serve(server, l.Close, func() error { return server.Serve(l) })
	if err := n.writeRunning(); err != nil {
		return err
	}
	n.ready.Store(true)
	return nil
}

// serve owns the API's goroutine, whose end closes done.
func (n *Node) serve(server *http.Server, closeListener func() error, run func() error) {
	defer close(n.done)
	if err := run(); !errors.Is(err, http.ErrServerClosed) {
		n.failed = errors.Join(content.E("daemon.serve", content.Other, err), closeListener())
	}
}

// writeRunning puts the token and the address where local commands look.
func (n *Node) writeRunning() error {
	n.onClose(func() error { return removeRunning(n.cfg.Home) })
	token := n.access.Local(n.rings[0].ID())
	if err := keys.WriteFile(n.cfg.path(tokenFile), []byte(token+"\n")); err != nil {
		return err
	}
	return Running{os.Getpid(), n.api, n.host.ID().String(), n.started.UTC()}.write(n.cfg.Home)
}
