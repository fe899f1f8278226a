package pinning

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/mst"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// slot is what one pin is for: a record, or one of its files. Its key in the
// precious state is service, 0, account (32), item.
type slot struct {
	service string
	account content.AccountID
	item    string // the record's path; with "#n" behind it, its n-th file
}

func (s slot) key() []byte {
	return append(append(append([]byte(s.service), 0), s.account[:]...), s.item...)
}

func parseSlot(key []byte) (s slot, ok bool) {
	name, rest, ok := strings.Cut(string(key), "\x00")
	if !ok || len(rest) <= len(s.account) {
		return slot{}, false
	}
	s.service, s.item = name, rest[len(s.account):]
	copy(s.account[:], rest)
	return s, true
}

// of reports whether the slot is for the record of a path.
func (s slot) of(p content.Path) bool {
	item, _, _ := strings.Cut(s.item, "#")
	return item == string(p)
}

// entry is what is wanted in a slot and what is there.
type entry struct {
	Want   string    `json:"want"` // CID; empty to remove the pin
	Have   string    `json:"have"` // CID that ID pins
	ID     string    `json:"id"`   // the service's; empty if there is none
	Status Status    `json:"status"`
	Sent   bool      `json:"sent"` // a pin was asked for, and the answer may be lost
	Tries  int       `json:"tries"`
	Next   time.Time `json:"next"` // when to do more
	Note   string    `json:"note"` // why the service refuses it
}

// settled reports whether the service has what is wanted.
func (e entry) settled() bool { return e.Want != "" && e.Want == e.Have && e.ID != "" }

func (p *Pinner) load(ctx context.Context) error {
	return p.room.View(ctx, func(tx *store.Tx) error {
		return tx.Scan(store.Span{}, func(k, v []byte) bool {
			var e entry
			if s, ok := parseSlot(k); ok && json.Unmarshal(v, &e) == nil {
				p.entries[s] = e
			}
			return true
		})
	})
}

// put makes an entry durable and then known, with what is wanted by now. One in which
// nothing is wanted and nothing is there is forgotten.
func (p *Pinner) put(ctx context.Context, k slot, e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := p.room.Update(ctx, func(tx *store.Tx) error {
		if e.empty() {
			return tx.Delete(k.key())
		}
		return tx.Set(k.key(), b)
	}); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.entries[k]; now.Want != e.Want {
		e.Want, e.Tries, e.Next, e.Note = now.Want, 0, time.Time{}, ""
	}
	if e.Want == "" && e.empty() {
		delete(p.entries, k)
		return nil
	}
	p.entries[k] = e
	return nil
}

// empty reports whether there is no pin, and none that may have been made.
func (e entry) empty() bool { return e.ID == "" && !e.Sent }

func (p *Pinner) dropAll(ctx context.Context, service string) error {
	for _, k := range p.slots(func(s slot) bool { return s.service == service }) {
		if err := p.room.Update(ctx, func(tx *store.Tx) error { return tx.Delete(k.key()) }); err != nil {
			return err
		}
		p.mu.Lock()
		delete(p.entries, k)
		p.mu.Unlock()
	}
	return nil
}

func (p *Pinner) slots(is func(slot) bool) (list []slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.entries {
		if is(s) {
			list = append(list, s)
		}
	}
	return list
}

// Watch keeps to what hosted accounts say: it is a [replica.Watcher].
func (p *Pinner) Watch(ctx context.Context, u replica.Update) error {
	if _, ours := p.Replica.Hosted(u.Account); !ours {
		return nil
	}
	for _, s := range p.configured() {
		for _, rc := range u.Records {
			if err := p.want(ctx, s.Name, u.Account, rc.Path, rc.New); err != nil {
				return content.E("pinning.Watch", content.Other, err)
			}
		}
	}
	return nil
}

// pinned are the collections whose records are pinned, with all that they link to:
// photos, and pages of comments.
var pinned = []content.Collection{content.CollectionProfile, content.CollectionPost, content.CollectionResponses}

// wantAll wants all that an account holds now, and nothing else of it: a crash may
// have come between a step and its being heard of.
func (p *Pinner) wantAll(ctx context.Context, service string, account content.AccountID) error {
	view, err := p.Replica.View(ctx, account)
	if content.KindOf(err) == content.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	there := make(map[content.Path]bool)
	for _, c := range pinned {
		for e, err := range view.List(ctx, c, mst.Forward, "") {
			if err == nil {
				there[e.Path] = true
				err = p.want(ctx, service, account, e.Path, e.CID)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, s := range p.slots(func(s slot) bool { return s.service == service && s.account == account }) {
		item, _, _ := strings.Cut(s.item, "#")
		if path := content.Path(item); !there[path] {
			if err := p.want(ctx, service, account, path, cid.Undef); err != nil {
				return err
			}
		}
	}
	return nil
}

// want says what is to be pinned of a record; nothing if c is undefined. It is kept in
// memory: a start finds it out anew from the repository, see wantAll.
func (p *Pinner) want(ctx context.Context, service string, account content.AccountID, path content.Path, c cid.Cid) error {
	wanted := make(map[string]string)
	if c.Defined() {
		pins, err := p.pinsOf(ctx, path, c)
		if err != nil {
			return err
		}
		for item, c := range pins {
			wanted[item] = c.String()
		}
	}
	if _, whole := wanted[string(path)]; !whole { // there may be pins of its files, or of what was before
		for _, s := range p.slots(func(s slot) bool { return s.service == service && s.account == account && s.of(path) }) {
			if _, still := wanted[s.item]; !still {
				wanted[s.item] = ""
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for item, c := range wanted {
		k := slot{service, account, item}
		if e := p.entries[k]; e.Want != c {
			e.Want, e.Tries, e.Next, e.Note = c, 0, time.Time{}, ""
			p.entries[k] = e
		}
	}
	if s := p.services[service]; s != nil {
		s.woken()
	}
	return nil
}

// pinsOf says what to pin for a record, by item.
func (p *Pinner) pinsOf(ctx context.Context, path content.Path, c cid.Cid) (map[string]cid.Cid, error) {
	if !slices.Contains(pinned, path.Collection()) {
		return nil, nil
	}
	data, err := p.Store.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	rec, err := record.Decode(data)
	if err != nil {
		return nil, nil // of a later version: it may lead anywhere
	}
	post, ok := rec.(*record.Post)
	if !ok || post.Before == nil {
		return map[string]cid.Cid{string(path): c}, nil
	}
	pins := make(map[string]cid.Cid)
	for i, f := range record.Files(rec) {
		pins[fmt.Sprintf("%s#%d", path, i)] = f.CID.Cid
	}
	return pins, nil
}

// Place is how a service stands to a record.
type Place struct {
	Service string
	Status  Status // of the pin that is least far
	Note    string
}

// Of returns how the services stand to a record of a hosted account.
func (p *Pinner) Of(account content.AccountID, path content.Path) []Place {
	found := make(map[string]Place)
	p.mu.Lock()
	for s, e := range p.entries {
		if s.account != account || !s.of(path) || e.Want == "" {
			continue
		}
		status := e.Status
		if !e.settled() {
			status = Queued
		}
		if before, ok := found[s.service]; !ok || rank(status) < rank(before.Status) {
			found[s.service] = Place{s.service, status, e.Note}
		}
	}
	p.mu.Unlock()
	list := []Place{}
	for _, s := range p.configured() {
		if place, ok := found[s.Name]; ok {
			list = append(list, place)
		}
	}
	return list
}

// rank orders statuses by how far they are.
func rank(s Status) int {
	for i, o := range []Status{Failed, Queued, Pinning, Pinned} {
		if s == o {
			return i
		}
	}
	return 0
}

// Count returns how many services hold a post.
func (p *Pinner) Count(account content.AccountID, path content.Path) (n int) {
	for _, place := range p.Of(account, path) {
		if place.Status == Pinned {
			n++
		}
	}
	return n
}
