package simulation

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
)

// plan says what is simulated.
type plan struct {
	people   int
	hours    float64
	settling float64       // hours at the beginning that are not measured: everybody meets for the first time
	posts    float64       // of a person in an hour online
	session  time.Duration // the median time online
	seed     uint64        // of whom people follow and when they are online

	progress io.Writer // hears of every hour that has passed; nil is nobody
}

// Some computers are servers, always on; half of the accounts have a mirror on one.
const (
	servers  = 0.03
	mirrored = 0.5
)

// world is people, their homes and the network.
type world struct {
	t *testing.T
	plan
	net    *internet
	ledger *ledger
	people []*person
	links  census
}

// person is somebody with a home.
type person struct {
	*world
	home
	index    int
	sessions []span
	posts    [][]time.Duration // of each session
	follows  []int
	mirror   *person // who keeps the account whole; may be nil
	mirrors  []content.AccountID
}

func newWorld(t *testing.T, p plan) *world {
	t.Helper()
	rng := rand.New(rand.NewPCG(p.seed, 0))
	w := &world{t: t, plan: p, net: newInternet(p.people, rng)}
	graph := newGraph(p.people, rng)
	serving := max(int(servers*float64(p.people)), 1)
	for i := range p.people {
		someone := &person{world: w, home: newHome(t, w.net.lines[i]), index: i, follows: graph[i]}
		someone.sessions = []span{{0, w.end()}}
		if i >= serving {
			someone.sessions = newSessions(w.end(), w.session, rng)
		}
		for k, s := range someone.sessions {
			if s.from == 0 { // not all at once
				someone.sessions[k].from = min(rand.N(10*time.Minute), s.to)
			}
			someone.posts = append(someone.posts, newTimes(someone.sessions[k], p.posts, rng))
		}
		w.people = append(w.people, someone)
		if i >= serving && rng.Float64() < mirrored {
			someone.mirror = w.people[rng.IntN(serving)]
			someone.mirror.mirrors = append(someone.mirror.mirrors, someone.id())
		}
	}
	return w
}

func (p plan) end() time.Duration { return time.Duration(p.hours * float64(time.Hour)) }

// run lets everybody live until the end.
func (w *world) run(ctx context.Context) {
	w.ledger = newLedger()
	var lives sync.WaitGroup
	for _, p := range w.people {
		lives.Go(func() {
			if err := p.live(ctx); err != nil {
				w.t.Errorf("person %d: %v", p.index, err)
			}
		})
	}
	if w.progress != nil {
		lives.Go(w.tellHours)
	}
	lives.Wait()
	w.net.close()
}

// tellHours tells of every hour that has passed.
func (w *world) tellHours() {
	for h := 1.0; h <= w.hours; h++ {
		time.Sleep(time.Hour)
		w.ledger.mu.Lock()
		fmt.Fprintf(w.progress, "hour %g of %g: %d posts\n", h, w.hours, len(w.ledger.shots))
		w.ledger.mu.Unlock()
	}
}

func (p *person) live(ctx context.Context) error {
	for i, s := range p.sessions {
		time.Sleep(s.from - p.ledger.now())
		if err := p.session(ctx, i); err != nil {
			return fmt.Errorf("session %d: %w", i, err)
		}
	}
	return nil
}

// session is one time online: the node is opened, posts are made, it is closed.
func (p *person) session(ctx context.Context, i int) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	n, err := p.open(ctx, func(n *node, u replica.Update) {
		for _, s := range p.ledger.arrived(p.index, u) {
			waiting.Go(func() { p.await(ctx, n, s) })
		}
	}, p.mirrors)
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		waiting.Wait()
		if e := n.close(); err == nil {
			err = e
		}
	}()
	waiting.Go(func() { p.links.watch(ctx, n.host) })
	for _, s := range p.ledger.partial(p.index) {
		waiting.Go(func() { p.await(ctx, n, s) })
	}
	if i == 0 {
		if err := p.meet(ctx, n); err != nil {
			return err
		}
	}
	for _, at := range p.posts[i] {
		time.Sleep(at - p.ledger.now())
		err := n.post(ctx, func(path content.Path, files []cid.Cid) { p.ledger.posted(p.index, path, files) })
		if err != nil {
			return err
		}
	}
	time.Sleep(p.sessions[i].to - p.ledger.now())
	return nil
}

// meet takes up the invites of all whom somebody follows.
func (p *person) meet(ctx context.Context, n *node) error {
	var whom []home
	for _, j := range p.follows {
		whom = append(whom, p.people[j].home)
	}
	for _, id := range p.mirrors {
		for _, other := range p.people {
			if other.id() == id {
				whom = append(whom[:len(whom):len(whom)], other.home)
			}
		}
	}
	for _, h := range whom {
		if err := n.keeper.Invited(ctx, h.invite(p.t)); err != nil {
			return err
		}
	}
	return n.follow(ctx, whom[:len(p.follows)]...)
}

// await notes when a photo is whole.
func (p *person) await(ctx context.Context, n *node, s *shot) {
	pause := 50 * time.Millisecond
	for !n.has(ctx, s.files) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
			pause = min(pause*23/20, 30*time.Second)
		}
	}
	p.ledger.complete(p.index, s)
}

// census counts connections: how many a node has, now and then, and how many were
// opened in all.
type census struct {
	mu     sync.Mutex
	counts []int
	opened int
}

func (c *census) watch(ctx context.Context, h *p2p.Host) {
	events, unsubscribe := h.Subscribe(1024)
	defer unsubscribe()
	look := time.NewTicker(10 * time.Minute)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if e.Change == p2p.Connected {
				c.mu.Lock()
				c.opened++
				c.mu.Unlock()
			}
		case <-look.C:
			c.mu.Lock()
			c.counts = append(c.counts, len(h.Peers()))
			c.mu.Unlock()
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
