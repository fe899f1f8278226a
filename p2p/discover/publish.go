package discover

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"

	"rossgram.app/content"
)

// PublishPace says how a [Publisher] works. What is zero has the default that is
// named.
type PublishPace struct {
	Gap   time.Duration // between two records; 30 s, give or take half of it
	Renew time.Duration // after which a record is published again; 22 h of the 48 it lives
	Moved time.Duration // after which one is whose addresses have changed; 15 min
	Look  time.Duration // how often the list is looked at; 5 min
}

func (p *PublishPace) setDefaults() {
	defaultTo(&p.Gap, 30*time.Second)
	defaultTo(&p.Renew, 22*time.Hour)
	defaultTo(&p.Moved, 15*time.Minute)
	defaultTo(&p.Look, 5*time.Minute)
}

func defaultTo(d *time.Duration, to time.Duration) {
	if *d == 0 {
		*d = to
	}
}

// Publisher keeps provider records of this node in a DHT, one at a time, and
// renews them before they end or when the node's addresses have changed. A sweep
// over the keyspace would not be cheaper: it saves where there are several
// records to a region, and a node has some dozens for the 500 regions of the
// public DHT.
type Publisher struct {
	dht   *DHT
	which func() []content.AccountID
	pace  PublishPace
	log   *slog.Logger

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	records map[content.AccountID]published // of run only
}

// published is when a record was, and with which addresses.
type published struct {
	at    time.Time
	addrs string
}

// NewPublisher starts one. which returns the accounts to publish, the most
// important first; it is asked often and must answer from memory.
func NewPublisher(d *DHT, which func() []content.AccountID, pace PublishPace, log *slog.Logger) (*Publisher, error) {
	pace.setDefaults()
	moved, err := d.host.Libp2p().EventBus().Subscribe(new(event.EvtLocalAddressesUpdated))
	if err != nil {
		return nil, content.E("discover.NewPublisher", content.Other, err)
	}
	p := &Publisher{dht: d, which: which, pace: pace, log: log, records: make(map[content.AccountID]published)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.running.Go(func() { p.run(moved) })
	return p, nil
}

// Close stops publishing and waits for it. The records stay until they end.
func (p *Publisher) Close() error {
	p.cancel()
	p.running.Wait()
	return nil
}

func (p *Publisher) run(moved event.Subscription) {
	defer moved.Close()
	timer := time.NewTimer(jitter(min(p.pace.Gap, 2*time.Second)))
	defer timer.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-moved.Out():
			p.dht.again()
			timer.Reset(jitter(min(p.pace.Gap, 2*time.Second))) // addresses come and go together
		case <-timer.C:
			timer.Reset(p.next())
		}
	}
}

// next publishes one record, if one is due, and returns how long to wait.
func (p *Publisher) next() time.Duration {
	list := p.which()
	addrs := fmt.Sprint(p.dht.kad.FilteredAddrs())
	p.forget(list)
	for _, account := range list {
		if !p.due(account, addrs) {
			continue
		}
		err := p.dht.Provide(p.ctx, account)
		if err != nil {
			p.log.Debug("an account is not published in the DHT", "account", account, "error", err)
			return jitter(max(p.pace.Gap, p.pace.Look/5))
		}
		p.records[account] = published{time.Now(), addrs}
		p.count()
		return jitter(p.pace.Gap)
	}
	return jitter(p.pace.Look)
}

func (p *Publisher) due(account content.AccountID, addrs string) bool {
	r, there := p.records[account]
	age := time.Since(r.at)
	return !there || age > p.pace.Renew || r.addrs != addrs && age > p.pace.Moved
}

// forget forgets the records that are not kept up any more.
func (p *Publisher) forget(list []content.AccountID) {
	kept := make(map[content.AccountID]published, len(list))
	for _, account := range list {
		if r, there := p.records[account]; there {
			kept[account] = r
		}
	}
	p.records = kept
	p.count()
}

func (p *Publisher) count() {
	p.dht.mu.Lock()
	defer p.dht.mu.Unlock()
	p.dht.offer = len(p.records)
}

// jitter keeps nodes from doing the same at the same moment.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d+1) }
