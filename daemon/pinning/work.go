package pinning

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p/discover"
)

// What is dialled for a service, at most.
const (
	maxDelegates = 8
	dialTimeout  = 20 * time.Second
)

func (s *service) woken() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// work does what is due at a service, one call after the other, until ctx ends. When
// the service itself fails, everything waits.
func (p *Pinner) work(ctx context.Context, s *service) {
	faults := 0
	for {
		slot, e, wait := p.next(s)
		if wait <= 0 {
			err := p.step(ctx, s, slot, e)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				faults, wait = 0, p.Pace.Between
				p.fault(s, "")
			default:
				faults++
				wait = p.pause(faults)
				p.fault(s, content.Message(err))
				p.Log.Debug("a pinning service fails", "service", s.Name, "error", err)
			}
			if !sleep(ctx, nil, wait) {
				return
			}
			continue
		}
		if !sleep(ctx, s.wake, wait) {
			return
		}
	}
}

func (p *Pinner) fault(s *service, words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.fault = words
}

// sleep waits for d or for wake, and reports whether ctx lives.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
	return ctx.Err() == nil
}

// pause doubles with every failure or look, give or take a quarter.
func (p *Pinner) pause(n int) time.Duration {
	d := min(p.Pace.First<<min(n-1, 12), p.Pace.Longest)
	return d*3/4 + rand.N(d/2+1)
}

// next returns what is due at a service, or how long nothing is.
func (p *Pinner) next(s *service) (slot, entry, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var first slot
	var of entry
	wait, now := time.Hour, p.Now()
	for k, e := range p.entries {
		if left := e.Next.Sub(now); k.service == s.Name && left < wait {
			first, of, wait = k, e, left
		}
	}
	return first, of, wait
}

// step makes the one call that brings a slot further. Its error is a fault of the
// service; what it says against the pin alone is noted with it.
func (p *Pinner) step(ctx context.Context, s *service, k slot, e entry) error {
	err := p.advance(ctx, s, k, &e)
	switch content.KindOf(err) {
	case content.NotFound: // it is gone, or never was: it is made anew if it is wanted
		e.Tries++
		e.Next = p.Now().Add(p.pause(e.Tries))
		e.ID, e.Have, e.Sent, e.Status, err = "", "", false, Queued, nil
	case content.Invalid:
		e.Tries++
		e.Note, e.Next, err = content.Message(err), p.Now().Add(p.pause(e.Tries)), nil
	}
	if err != nil {
		return err
	}
	return p.put(ctx, k, e)
}

// advance asks the service for one thing.
func (p *Pinner) advance(ctx context.Context, s *service, k slot, e *entry) error {
	switch {
	case e.Want == "" && e.ID != "":
		if err := s.client.remove(ctx, e.ID); err != nil {
			return err
		}
		e.ID, e.Have, e.Sent = "", "", false
		return nil
	case e.Sent && e.ID == "":
		return p.recover(ctx, s, k, e)
	case e.Want == "":
		return nil
	case e.settled() && e.Status != Failed:
		got, err := s.client.get(ctx, e.ID)
		if err == nil {
			p.take(ctx, e, got)
		}
		return err
	}
	return p.pin(ctx, s, k, e)
}

// pin asks for a pin, or for another in its place.
func (p *Pinner) pin(ctx context.Context, s *service, k slot, e *entry) error {
	wanted := p.pinOf(k, e.Want)
	var got pinStatus
	var err error
	if e.ID != "" {
		got, err = s.client.replace(ctx, e.ID, wanted)
	} else {
		e.Sent, e.Have = true, e.Want
		if err := p.put(ctx, k, *e); err != nil {
			return err
		}
		got, err = s.client.add(ctx, wanted)
	}
	if err != nil {
		return err
	}
	e.Have = e.Want
	p.take(ctx, e, got)
	return nil
}

// recover looks for a pin that was asked for when the answer was lost.
func (p *Pinner) recover(ctx context.Context, s *service, k slot, e *entry) error {
	got, err := s.client.find(ctx, p.pinOf(k, e.Have))
	if err == nil {
		p.take(ctx, e, got)
	}
	return err
}

// take notes how a pin is, and when to look again.
func (p *Pinner) take(ctx context.Context, e *entry, got pinStatus) {
	if got.Status != e.Status {
		e.Tries = 0
	}
	e.ID, e.Status, e.Sent, e.Note = got.ID, got.Status, true, ""
	e.Tries++
	e.Next = p.Now().Add(p.pause(e.Tries))
	switch e.Status {
	case Pinned:
		e.Next = p.Now().Add(p.Pace.Look*3/4 + rand.N(p.Pace.Look/2+1))
	case Failed:
		e.Note = "the service has failed to fetch it; it is tried again"
	default:
		p.meet(ctx, got.Delegates)
	}
	if e.Want != e.Have {
		e.Next = time.Time{}
	}
}

// pinOf is the Pin object of a slot.
func (p *Pinner) pinOf(k slot, c string) pin {
	item, part, _ := strings.Cut(k.item, "#")
	name := content.URI{Account: k.account, Path: content.Path(item)}.String()
	if part != "" {
		name += "#" + part
	}
	return pin{CID: c, Name: name, Origins: p.origins(), Meta: map[string]string{"app": "rossgram"}}
}

// origins are where the service can fetch from: this node.
func (p *Pinner) origins() []string {
	info := peer.AddrInfo{ID: p.Host.ID(), Addrs: discover.InviteAddrs(p.Host.Libp2p().Addrs())}
	addrs, err := peer.AddrInfoToP2pAddrs(&info)
	if err != nil {
		return nil
	}
	list := make([]string, len(addrs))
	for i, a := range addrs {
		list[i] = a.String()
	}
	return list
}

// meet connects to the nodes that the service names, so that they need not find this
// one.
func (p *Pinner) meet(ctx context.Context, delegates []string) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	for _, text := range delegates[:min(len(delegates), maxDelegates)] {
		addr, err := ma.NewMultiaddr(text)
		if err != nil {
			continue
		}
		info, err := peer.AddrInfoFromP2pAddr(addr)
		if err != nil {
			continue
		}
		if _, there := p.Host.Peer(info.ID); there {
			continue
		}
		if err := p.Host.Connect(ctx, *info); err != nil {
			p.Log.Debug("a pinning service's node can't be reached", "peer", info.ID, "error", err)
		}
	}
}
