// Package pinning keeps the posts of hosted accounts at pinning services, so that any
// IPFS Cluster or commercial service can be a mirror. It speaks the IPFS Pinning
// Service API v1 (ipfs.github.io/pinning-services-api-spec) as a client; the service
// fetches the blocks from this node over bitswap.
//
// A post is one recursive pin of its record, which leads to all its photos; the
// profile likewise. A pin's name is the record's rg: URI, so that a service's list of
// pins is a catalogue to restore from. A record that is an edit also leads to what was
// before it, so its photos are pinned one by one. What is deleted is unpinned, and
// what is edited replaced.
//
// It guarantees that what is to be pinned and unpinned survives a crash and is done
// once the service answers, that a pin whose answer was lost is not made twice, and
// that tokens are kept in a file of mode 0600 and shown to nobody.
package pinning

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
)

// Parts is what a [Pinner] works with. All are needed but Pace.
type Parts struct {
	Replica *replica.Replica
	Store   *store.Store
	Host    *p2p.Host
	Log     *slog.Logger
	File    string // where services and their tokens are kept
	Pace    Pace
	Now     func() time.Time
}

// Pace says how often a service is asked. What is zero has the default that is named.
type Pace struct {
	First   time.Duration // pause after a failure, or before a pin is looked at; 1 s. It doubles
	Longest time.Duration // 30 min
	Look    time.Duration // between looks at what is pinned; 24 h
	Between time.Duration // between calls to one service; 200 ms
}

func (p *Pace) setDefaults() {
	p.First = cmp.Or(p.First, time.Second)
	p.Longest = cmp.Or(p.Longest, 30*time.Minute)
	p.Look = cmp.Or(p.Look, 24*time.Hour)
	p.Between = cmp.Or(p.Between, 200*time.Millisecond)
}

// Pinner keeps services at what accounts hold. Make it with [Open]. It is safe for
// concurrent use.
type Pinner struct {
	Parts
	room   *store.KV // see outbox.go
	ctx    context.Context
	cancel context.CancelFunc
	owned  sync.WaitGroup

	changing sync.Mutex // one change of the services at a time; taken before mu

	mu       sync.Mutex
	services map[string]*service
	entries  map[slot]entry
	closed   bool
}

// service is one that is configured, with what keeps it going.
type service struct {
	Service
	client *client
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing works for it any more
	wake   chan struct{} // holds one: there is something to do
	fault  string        // why it can't be reached; empty if it can
}

// State is a service as it is shown: without its token.
type State struct {
	Name, Endpoint          string
	Pinned, Pending, Failed int    // pins
	Error                   string // why it can't be reached; empty if it can
}

// Open reads the services and what is to be done, and begins to do it.
func Open(ctx context.Context, parts Parts) (*Pinner, error) {
	const op = "pinning.Open"
	p := &Pinner{
		Parts: parts, room: parts.Store.State().Bucket("pinning/"),
		services: make(map[string]*service), entries: make(map[slot]entry),
	}
	p.Pace.setDefaults()
	p.ctx, p.cancel = context.WithCancel(context.Background())
	list, err := readServices(p.File)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := p.load(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	for _, s := range list {
		c, err := newClient(s)
		if err != nil {
			return nil, content.E(op, content.Other, err)
		}
		if err := p.begin(ctx, s, c); err != nil {
			return nil, content.E(op, content.Other, err)
		}
	}
	return p, nil
}

// begin works for a service: all that is hosted now and later.
func (p *Pinner) begin(ctx context.Context, s Service, c *client) error {
	for _, account := range p.Replica.HostedAccounts() {
		if err := p.wantAll(ctx, s.Name, account); err != nil {
			return err
		}
	}
	working, cancel := context.WithCancel(p.ctx)
	sv := &service{Service: s, client: c, cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		cancel()
		return content.Errorf("pinning.begin", content.Unavailable, "the node is closing")
	}
	p.services[s.Name] = sv
	p.owned.Go(func() {
		defer close(sv.done)
		p.work(working, sv)
	})
	return nil
}

// Add takes up a service, whose endpoint and token are checked by asking it. Adding
// one of the same name replaces it. Kinds: Permission if it does not accept the
// token, Unavailable if it can't be reached, Quota beyond [MaxServices].
func (p *Pinner) Add(ctx context.Context, s Service) error {
	const op = "pinning.Add"
	if err := s.validate(); err != nil {
		return err
	}
	c, err := newClient(s)
	if err != nil {
		return err
	}
	if err := c.call(ctx, "GET", "/pins?limit=1", nil, new(pinResults)); err != nil {
		return content.E(op, content.Other, err)
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	list := p.configured()
	list = slices.DeleteFunc(list, func(o Service) bool { return o.Name == s.Name })
	if len(list) >= MaxServices {
		return content.E(op, content.Quota, fmt.Errorf("there are %d services already: remove one", MaxServices))
	}
	if err := writeServices(p.File, append(list, s)); err != nil {
		return content.E(op, content.Other, err)
	}
	p.stop(s.Name)
	if err := p.begin(ctx, s, c); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// Remove forgets a service and its token. What is pinned there stays, for its owner
// to keep or to remove there. Kind NotFound if there is none of the name.
func (p *Pinner) Remove(ctx context.Context, name string) error {
	const op = "pinning.Remove"
	p.changing.Lock()
	defer p.changing.Unlock()
	list := p.configured()
	rest := slices.DeleteFunc(slices.Clone(list), func(s Service) bool { return s.Name == name })
	if len(rest) == len(list) {
		return content.E(op, content.NotFound, fmt.Errorf("there is no pinning service %q: see rossgram pinning list", name))
	}
	if err := writeServices(p.File, rest); err != nil {
		return content.E(op, content.Other, err)
	}
	p.stop(name)
	if err := p.dropAll(ctx, name); err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// stop ends the work for a service, and waits for it.
func (p *Pinner) stop(name string) {
	p.mu.Lock()
	s := p.services[name]
	delete(p.services, name)
	p.mu.Unlock()
	if s != nil {
		s.cancel()
		<-s.done
	}
}

func (p *Pinner) configured() []Service {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Service, 0, len(p.services))
	for _, s := range p.services {
		list = append(list, s.Service)
	}
	slices.SortFunc(list, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// States returns the services by name.
func (p *Pinner) States() []State {
	list := []State{}
	for _, s := range p.configured() {
		list = append(list, State{Name: s.Name, Endpoint: s.Endpoint})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range list {
		st := &list[i]
		if s := p.services[st.Name]; s != nil {
			st.Error = s.fault
		}
		for k, e := range p.entries {
			switch {
			case k.service != st.Name:
			case e.settled() && e.Status == Pinned:
				st.Pinned++
			case e.Status == Failed || e.Note != "":
				st.Failed++
			default:
				st.Pending++
			}
		}
	}
	return list
}

// Close stops all work and waits for it. What was not done is taken up at the next
// start.
func (p *Pinner) Close() error {
	p.cancel()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.owned.Wait()
	return nil
}
