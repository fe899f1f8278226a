package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
	protocol "rossgram.app/p2p/mirror"
)

// Given returns the accounts that others have asked this node to keep, in a fixed
// order.
func (m *Mirrors) Given() []Given {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Given, 0, len(m.given))
	for _, g := range m.given {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Given) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	return list
}

// GivenOf returns how this node stands to an account; kind NotFound if nobody has
// asked it.
func (m *Mirrors) GivenOf(id content.AccountID) (Given, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.given[id]
	if !ok {
		return g, content.E("mirror.GivenOf", content.NotFound, errors.New("nobody has asked this node to keep "+id.String()))
	}
	return g, nil
}

// wished takes the wish of an account's owner.
func (m *Mirrors) wished(ctx context.Context, from peer.ID, w protocol.Wish) (protocol.Answer, error) {
	m.deciding.Lock()
	defer m.deciding.Unlock()
	g, err := m.GivenOf(w.Account())
	known := err == nil
	if err := m.inForce(ctx, w, g); err != nil {
		return protocol.Answer{}, err
	}
	if w.Ends() {
		return protocol.Answer{State: protocol.Refused, Words: "ended"}, m.release(ctx, g)
	}
	if !known {
		return m.judge(ctx, from, w)
	}
	g.Asked, g.From, g.Time = w.Cap, from, w.Time
	if g.State == protocol.Accepted && w.Cap < g.Cap {
		g.Cap = w.Cap
		if err := m.Keeper.Mirror(ctx, g.Account, g.Cap); err != nil {
			return protocol.Answer{}, err
		}
	}
	return m.answer(ctx, g), m.putGiven(ctx, g)
}

// inForce refuses a wish that a later one, or a later certificate, has replaced.
func (m *Mirrors) inForce(ctx context.Context, w protocol.Wish, g Given) error {
	const op = "mirror.wished"
	head, err := m.Replica.Head(ctx, w.Account())
	if err != nil && content.KindOf(err) != content.NotFound {
		return err
	}
	if w.Cert.Epoch < head.Commit.Epoch || w.Time.Before(g.Time) {
		return content.Errorf(op, content.Permission, "the wish is not in force any more")
	}
	return nil
}

// judge decides about an account that is new here.
func (m *Mirrors) judge(ctx context.Context, from peer.ID, w protocol.Wish) (protocol.Answer, error) {
	g := Given{Account: w.Account(), State: protocol.Pending, Asked: w.Cap, From: from, Time: w.Time}
	_, followed := m.Keeper.State(g.Account)
	_, hosted := m.Replica.Hosted(g.Account)
	switch {
	case hosted:
		return refusal("this node hosts the account itself"), nil
	case m.Policy.Accept == AcceptNone:
		return refusal("this node keeps nothing for others"), nil
	case w.Cap > m.Policy.Max:
		return refusal(fmt.Sprintf("this node gives a mirror at most %s: ask for that or less", bytesInWords(m.Policy.Max))), nil
	case m.Policy.Accept == AcceptFollows && followed && m.count(protocol.Accepted) < maxAccepted:
		g.State, g.Cap = protocol.Accepted, w.Cap
	}
	if g.State == protocol.Pending {
		if err := m.makeRoom(ctx, from); err != nil {
			return protocol.Answer{}, err
		}
	}
	if err := m.putGiven(ctx, g); err != nil {
		return protocol.Answer{}, err
	}
	if g.State == protocol.Accepted {
		if err := m.keep(ctx, g); err != nil {
			return protocol.Answer{}, err
		}
	}
	m.tell(event.WarningData{Code: "mirror-asked", Message: asks(g)})
	return m.answer(ctx, g), nil
}

func refusal(words string) protocol.Answer {
	return protocol.Answer{State: protocol.Refused, Words: words}
}

// asks says that an account wants to be kept here.
func asks(g Given) string {
	if g.State == protocol.Accepted {
		return fmt.Sprintf("This node keeps %s whole from now on, in up to %s.", g.Account, bytesInWords(g.Cap))
	}
	return fmt.Sprintf("%s asks this node to keep it whole, in up to %s: rossgram mirror accept or refuse.", g.Account, bytesInWords(g.Asked))
}

// makeRoom sees to it that another account can wait for a decision: those that were
// refused are forgotten first. Kind Quota if there is none.
func (m *Mirrors) makeRoom(ctx context.Context, from peer.ID) error {
	var waiting, ofPeer int
	var oldest Given
	for _, g := range m.Given() {
		if g.State == protocol.Accepted {
			continue
		}
		waiting++
		if g.From == from {
			ofPeer++
		}
		if g.State == protocol.Refused && (oldest.Account.IsZero() || g.Time.Before(oldest.Time)) {
			oldest = g
		}
	}
	switch {
	case ofPeer >= maxOfPeer, waiting >= maxAsked && oldest.Account.IsZero():
		return content.Errorf("mirror.makeRoom", content.Quota, "too many accounts wait for a decision")
	case waiting >= maxAsked:
		return m.dropGiven(ctx, oldest.Account)
	}
	return nil
}

func (m *Mirrors) count(s protocol.State) (n int) {
	for _, g := range m.Given() {
		if g.State == s {
			n++
		}
	}
	return n
}

// answer is what the asker is told.
func (m *Mirrors) answer(ctx context.Context, g Given) protocol.Answer {
	a := protocol.Answer{State: g.State, Cap: g.Cap, Words: g.Words}
	if size, err := m.Store.Sizes(ctx, g.Account); err == nil && g.State == protocol.Accepted {
		a.Used = size.Bytes
	}
	return a
}

// keep begins to keep an account, of which the asker's node is said to have all.
func (m *Mirrors) keep(ctx context.Context, g Given) error {
	if err := m.Book.Holds(ctx, g.From, []content.AccountID{g.Account}, nil); err != nil {
		return err
	}
	return m.Keeper.Mirror(ctx, g.Account, g.Cap)
}

// release ends what there is of an account.
func (m *Mirrors) release(ctx context.Context, g Given) error {
	if g.Account.IsZero() {
		return nil
	}
	m.Keeper.Unmirror(g.Account)
	if err := m.dropGiven(ctx, g.Account); err != nil {
		return err
	}
	if g.State == protocol.Accepted {
		m.tell(event.WarningData{Code: "mirror-released", Message: "The owner of " + g.Account.String() + " needs this node as a mirror no longer."})
	}
	return nil
}

// Accept promises to keep an account in up to cap bytes, or as many as were wished
// for if cap is 0. It may be said again with another cap. Kind NotFound if nobody
// has asked, Quota if there are too many already.
func (m *Mirrors) Accept(ctx context.Context, id content.AccountID, cap int64) (Given, error) {
	const op = "mirror.Accept"
	m.deciding.Lock()
	defer m.deciding.Unlock()
	g, err := m.GivenOf(id)
	if err != nil {
		return g, err
	}
	switch {
	case cap < 0 || cap > protocol.MaxCap:
		return g, content.Errorf(op, content.Invalid, "say how many bytes the account may take here, such as 10GB")
	case g.State != protocol.Accepted && m.count(protocol.Accepted) >= maxAccepted:
		return g, content.E(op, content.Quota, fmt.Errorf("this node keeps %d accounts for others already: end one", maxAccepted))
	case cap == 0:
		cap = g.Asked
	}
	g.State, g.Cap, g.Words = protocol.Accepted, cap, ""
	if err := m.putGiven(ctx, g); err != nil {
		return g, content.E(op, content.Other, err)
	}
	if err := m.keep(ctx, g); err != nil {
		return g, content.E(op, content.Other, err)
	}
	m.nudge(g)
	return g, nil
}

// Refuse says that an account is not kept here, or not any more. What was fetched
// for it alone is dropped. Kind NotFound if nobody has asked.
func (m *Mirrors) Refuse(ctx context.Context, id content.AccountID, words string) (Given, error) {
	m.deciding.Lock()
	defer m.deciding.Unlock()
	g, err := m.GivenOf(id)
	if err != nil {
		return g, err
	}
	g.State, g.Cap, g.Words = protocol.Refused, 0, protocol.Words(words)
	if err := m.putGiven(ctx, g); err != nil {
		return g, content.E("mirror.Refuse", content.Other, err)
	}
	m.Keeper.Unmirror(id)
	m.nudge(g)
	return g, nil
}

// nudge tells the node that brought a wish of the decision, if it is connected;
// else it learns of it when it asks again.
func (m *Mirrors) nudge(g Given) {
	m.own(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		if err := m.speaker.Changed(ctx, g.From, g.Account); err != nil {
			m.Log.Debug("a decision is not told yet", "account", g.Account, "peer", g.From, "error", err)
		}
	})
}

func (m *Mirrors) tell(w event.WarningData) { m.Events.Publish(event.Warning, w) }

// bytesInWords writes bytes in decimal units.
func bytesInWords(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}} {
		if n >= u.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprint(n, " bytes")
}
