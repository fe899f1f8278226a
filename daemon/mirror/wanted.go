package mirror

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
	protocol "rossgram.app/p2p/mirror"
)

// Wanted returns the nodes that were asked to keep hosted accounts, in a fixed
// order.
func (m *Mirrors) Wanted() []Wanted {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Wanted, 0, len(m.wanted))
	for _, w := range m.wanted {
		list = append(list, w)
	}
	slices.SortFunc(list, func(a, b Wanted) int {
		return cmp.Or(bytes.Compare(a.Account[:], b.Account[:]), cmp.Compare(a.Node, b.Node))
	})
	return list
}

// Ask asks a node to keep a hosted account whole, in up to cap bytes, and returns
// what it says; if it can't be asked now, it is when it is connected, and its state
// is [Asked]. Asking again is harmless, and changes the cap. Kinds: Permission if
// the account is not hosted here, Invalid for this very node or a cap that is none,
// Quota beyond 16 nodes.
func (m *Mirrors) Ask(ctx context.Context, account content.AccountID, node peer.ID, cap int64) (Wanted, error) {
	const op = "mirror.Ask"
	if _, ok := m.Replica.Hosted(account); !ok {
		return Wanted{}, content.Errorf(op, content.Permission, "the account is not of this node")
	}
	if node == m.Host.ID() {
		return Wanted{}, content.Errorf(op, content.Invalid, "this node keeps its own account anyway: ask another")
	}
	if cap <= 0 || cap > protocol.MaxCap {
		return Wanted{}, content.Errorf(op, content.Invalid, "say how much the mirror may take there, such as 10GB")
	}
	m.deciding.Lock()
	w, err := m.note(ctx, Wanted{Account: account, Node: node, State: Asked, Since: m.Now().UTC()}, cap)
	m.deciding.Unlock()
	if err != nil {
		return Wanted{}, content.E(op, content.Other, err)
	}
	return m.say(ctx, w)
}

// note remembers what is wanted of a node, whose state stays as it is if it is known.
func (m *Mirrors) note(ctx context.Context, w Wanted, cap int64) (Wanted, error) {
	m.mu.Lock()
	if old, ok := m.wanted[w.pair()]; ok && old.State != Ending {
		w = old
	}
	n := 0
	for p := range m.wanted {
		if p.account == w.Account && p.node != w.Node {
			n++
		}
	}
	m.mu.Unlock()
	if n >= maxWanted {
		return w, content.E("mirror.note", content.Quota, fmt.Errorf("%d nodes were asked already: end one with rossgram mirror end", maxWanted))
	}
	w.Cap = cap
	return w, m.putWanted(ctx, w)
}

// End tells a node that it need not keep a hosted account any more, now or when it
// is connected. What it holds it may keep as a follower. Kind NotFound if it was not
// asked.
func (m *Mirrors) End(ctx context.Context, account content.AccountID, node peer.ID) error {
	const op = "mirror.End"
	w, err := m.ending(ctx, pair{account, node})
	if err == nil {
		_, err = m.say(ctx, w)
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

func (m *Mirrors) ending(ctx context.Context, p pair) (Wanted, error) {
	m.deciding.Lock()
	defer m.deciding.Unlock()
	m.mu.Lock()
	w, ok := m.wanted[p]
	m.mu.Unlock()
	if !ok {
		return w, content.E("mirror.ending", content.NotFound, errors.New(p.node.String()+" was not asked to keep the account: see rossgram mirror list"))
	}
	w.State, w.Since, w.Promised = Ending, m.Now().UTC(), 0
	return w, m.putWanted(ctx, w)
}

// say tells a node what is wanted of it, if it is connected, and takes its answer.
// That it can't be told is no failure: it will be.
func (m *Mirrors) say(ctx context.Context, w Wanted) (Wanted, error) {
	hosted, ok := m.Replica.Hosted(w.Account)
	if !ok {
		return w, nil
	}
	wish := protocol.Wish{Cert: hosted.Keyring.Certificate(), Cap: w.Cap}
	if w.State == Ending {
		wish.Cap = 0
		if err := m.Publish.Unmirror(ctx, w.Account, w.Node); err != nil {
			return w, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := m.speaker.Wish(ctx, w.Node, hosted.Keyring.Writer(), wish)
	if err != nil {
		return m.unsaid(ctx, w, err)
	}
	if w.State == Ending {
		return w, m.dropWanted(ctx, w.pair())
	}
	return m.answered(ctx, w, answer)
}

// unsaid notes why a node could not be asked. One that is to be told of an end is
// forgotten after a while.
func (m *Mirrors) unsaid(ctx context.Context, w Wanted, err error) (Wanted, error) {
	m.Log.Debug("a node can't be asked to be a mirror now", "peer", w.Node, "error", err)
	switch {
	case w.State == Ending && m.Now().Sub(w.Since) > endFor, w.State == Ending && content.KindOf(err) == content.NotFound:
		return w, m.dropWanted(ctx, w.pair())
	case w.State != Asked:
		return w, nil
	}
	w.Words = "not connected: it is asked when it is"
	switch content.KindOf(err) {
	case content.NotFound:
		w.Words = "the node's version of rossgram knows no mirrors"
	case content.Invalid, content.TooLarge:
		w.Words = "the node does not understand the question: is the clock right on both machines?"
	}
	return w, m.putWanted(ctx, w)
}

// answered takes what a node has said.
func (m *Mirrors) answered(ctx context.Context, w Wanted, a protocol.Answer) (Wanted, error) {
	before := w.State
	w, ok, err := m.noteAnswer(ctx, w, a)
	if err != nil || !ok {
		return w, err
	}
	switch {
	case w.State == protocol.Accepted:
		return w, m.promised(ctx, w, before)
	case before == protocol.Accepted:
		m.tell(event.WarningData{Code: "mirror-lost", Message: w.Node.String() + " keeps your account no longer (" + cmp.Or(w.Words, "no reason given") + "): ask another with rossgram mirror ask."})
	case before != w.State:
		m.tell(event.WarningData{Code: "mirror-" + string(w.State), Message: w.Node.String() + ": " + cmp.Or(w.Words, string(w.State))})
	}
	return w, m.Publish.Unmirror(ctx, w.Account, w.Node)
}

// noteAnswer remembers an answer, unless the mirror was ended meanwhile.
func (m *Mirrors) noteAnswer(ctx context.Context, w Wanted, a protocol.Answer) (Wanted, bool, error) {
	m.deciding.Lock()
	defer m.deciding.Unlock()
	if m.endedMeanwhile(w.pair()) {
		return w, false, nil
	}
	if w.State != a.State {
		w.Since = m.Now().UTC()
	}
	w.State, w.Promised, w.Used, w.Words, w.Contact = a.State, a.Cap, a.Used, a.Words, m.Now().UTC()
	return w, true, m.putWanted(ctx, w)
}

func (m *Mirrors) endedMeanwhile(p pair) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.wanted[p]
	return !ok || w.State == Ending
}

// promised makes a mirror known, and keeps connected to it.
func (m *Mirrors) promised(ctx context.Context, w Wanted, before protocol.State) error {
	if before != protocol.Accepted {
		m.tell(event.WarningData{Code: "mirror-accepted", Message: w.Node.String() + " keeps your account whole from now on, in up to " + bytesInWords(w.Promised) + "."})
	}
	if err := m.Publish.Mirror(ctx, w.Account, w.Node); err != nil {
		return err
	}
	if err := m.Book.Holds(ctx, w.Node, []content.AccountID{w.Account}, nil); err != nil {
		return err
	}
	m.Dialer.Want(w.Account)
	m.meet(w.pair(), m.Pace.Soon)
	if m.endedMeanwhile(w.pair()) {
		return m.Publish.Unmirror(ctx, w.Account, w.Node)
	}
	return nil
}

// sayAll tells a node all that is wanted of it.
func (m *Mirrors) sayAll(ctx context.Context, node peer.ID) {
	for _, w := range m.Wanted() {
		if w.Node != node {
			continue
		}
		if _, err := m.say(ctx, w); err != nil && ctx.Err() == nil {
			m.Log.Warn("what a mirror answers can't be noted", "peer", node, "error", err)
		}
	}
}

// Places returns where the mirrors of a hosted account are, as far as it is known,
// for an invite.
func (m *Mirrors) Places(account content.AccountID) []peer.AddrInfo {
	promised := make(map[peer.ID]bool)
	for _, w := range m.Wanted() {
		promised[w.Node] = promised[w.Node] || w.Account == account && w.State == protocol.Accepted
	}
	return slices.DeleteFunc(m.Book.Holders(account), func(info peer.AddrInfo) bool {
		return !promised[info.ID] || len(info.Addrs) == 0
	})
}
