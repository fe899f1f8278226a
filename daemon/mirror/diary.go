package mirror

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	libp2p "github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
	protocol "rossgram.app/p2p/mirror"
)

// appointment is when a node is asked next what it holds of an account. There is
// one for each hosted account and connected node.
type appointment struct {
	due   time.Time
	pause time.Duration // after which it is asked again
	full  time.Time     // when it was last asked about all posts
	holds bool          // it held the account when it was last asked
}

// Watch keeps to what happens to repositories: it is a [replica.Watcher]. New posts
// of hosted accounts are asked after, and mirrors that other accounts name are
// remembered as holders.
func (m *Mirrors) Watch(ctx context.Context, u replica.Update) error {
	if _, ours := m.Replica.Hosted(u.Account); !ours {
		return m.learn(ctx, u)
	}
	if slices.ContainsFunc(u.Records, func(rc recordChange) bool { return rc.Path.Collection() == content.CollectionPost }) {
		m.askHolders(u.Account)
		m.own(func(ctx context.Context) { m.countOf(ctx, u.Account) })
	}
	return nil
}

// learn takes up which nodes an account names as its mirrors. The book bounds how
// many it remembers.
func (m *Mirrors) learn(ctx context.Context, u replica.Update) error {
	taken := 0
	for _, rc := range u.Records {
		if rc.Path.Collection() != content.CollectionMirror || !rc.New.Defined() || taken == record.MaxMirrors {
			continue
		}
		taken++
		node, err := nodeOf(rc.Path.RecordKey())
		if err != nil || node == m.Host.ID() {
			continue
		}
		if err := m.Book.Holds(ctx, node, []content.AccountID{u.Account}, nil); err != nil {
			return content.E("mirror.Watch", content.Other, err)
		}
	}
	return nil
}

// watchPeers asks who comes, and forgets who goes.
func (m *Mirrors) watchPeers(ctx context.Context, peers <-chan p2p.PeerEvent) {
	p2p.EachPeer(ctx, peers, func(e p2p.PeerEvent) {
		switch e.Change {
		case p2p.Identified:
			m.met(e.Peer, e.Protocols)
		case p2p.Disconnected:
			m.left(e.Peer)
		}
	})
}

// met says what is wanted of a node that came, and makes appointments.
func (m *Mirrors) met(node peer.ID, speaks []libp2p.ID) {
	if !slices.Contains(speaks, protocol.Protocol) {
		return
	}
	m.own(func(ctx context.Context) { m.sayAll(ctx, node) })
	for _, account := range m.Replica.HostedAccounts() {
		m.meet(pair{account, node}, m.Pace.Soon)
	}
}

func (m *Mirrors) left(node peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.diary {
		if p.node == node {
			delete(m.diary, p)
		}
	}
}

// meet makes an appointment, or brings one forward.
func (m *Mirrors) meet(p pair, in time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, known := m.diary[p]
	if due := m.Now().Add(jitter(in)); !known || due.Before(a.due) {
		a.due = due
	}
	a.pause = m.Pace.Soon
	m.diary[p] = a
	m.woken()
}

// askHolders asks all who hold an account, soon, and more and more seldom until
// they have what is new.
func (m *Mirrors) askHolders(account content.AccountID) {
	m.mu.Lock()
	var holders []pair
	for p, a := range m.diary {
		if p.account == account && a.holds {
			holders = append(holders, p)
		}
	}
	m.mu.Unlock()
	for _, p := range holders {
		m.meet(p, m.Pace.Soon)
	}
}

func (m *Mirrors) woken() {
	select {
	case m.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// jitter keeps nodes from asking each other at the same moment.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// keepAppointments asks whoever is due, a few at a time.
func (m *Mirrors) keepAppointments(ctx context.Context) {
	for {
		p, wait := m.next()
		if wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-m.wake:
			case <-timer.C:
			}
			timer.Stop()
			if ctx.Err() != nil {
				return
			}
			continue
		}
		select {
		case m.slots <- struct{}{}:
			m.own(func(ctx context.Context) {
				defer func() { <-m.slots }()
				m.keepAppointment(ctx, p)
			})
		case <-ctx.Done():
			return
		}
	}
}

// next returns who is due, with the next appointment put off, or how long nobody is.
func (m *Mirrors) next() (p pair, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, first := m.Now(), pair{}
	wait = time.Hour
	for q, a := range m.diary {
		if left := a.due.Sub(now); left < wait {
			first, wait = q, left
		}
	}
	if wait > 0 {
		return first, wait
	}
	a := m.diary[first]
	a.due = now.Add(jitter(a.pause))
	a.pause = min(2*a.pause, m.Pace.Every)
	m.diary[first] = a
	return first, 0
}

// keepAppointment asks a node, and puts the next appointment off if it has all that
// it promises.
func (m *Mirrors) keepAppointment(ctx context.Context, p pair) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	m.mu.Lock()
	full := m.Now().Sub(m.diary[p].full) >= m.Pace.Every/2
	m.mu.Unlock()
	found, err := m.askAfter(ctx, p, full)
	if err != nil && ctx.Err() == nil {
		m.Log.Debug("a holder can't be asked what it holds", "peer", p.node, "account", p.account, "error", err)
	}
	m.kept(p, found, full && err == nil)
	if found.stored {
		m.countOf(ctx, p.account)
	}
	if full {
		m.sayAll(ctx, p.node) // so that what it has used is known
	}
}

// kept puts the next appointment down.
func (m *Mirrors) kept(p pair, found finding, full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, there := m.diary[p]
	if !there {
		return // it has left
	}
	a.holds = found.holds
	if found.complete {
		a.pause = m.Pace.Every
		a.due = m.Now().Add(jitter(m.Pace.Every))
	}
	if full {
		a.full = m.Now()
	}
	m.diary[p] = a
}
