package mastodon

import (
	"context"
	"slices"
	"sync"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
	"rossgram.app/p2p/discover"
)

// maxIntroductions is how many accounts are remembered that were resolved and
// are not known here; the first one goes for each further one. With an invite,
// each takes some kilobytes at most.
const maxIntroductions = 256

// introductions remember whom invites and DIDs named, so that an app can follow
// by number what it has just found. They are forgotten with the process. The
// zero introductions are ready.
type introductions struct {
	mu     sync.Mutex
	people map[index.AccountNum]Person
	order  []index.AccountNum
}

// add remembers a person, unless nothing would be learnt from it.
func (in *introductions) add(p Person) {
	if p.Known && p.Invite == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if old, ok := in.people[p.Account.Num]; ok {
		if p.Invite == nil {
			p.Invite, p.Account = old.Invite, old.Account
		}
		in.people[p.Account.Num] = p
		return
	}
	if in.people == nil {
		in.people = make(map[index.AccountNum]Person)
	}
	if len(in.order) >= maxIntroductions {
		delete(in.people, in.order[0])
		in.order = slices.Delete(in.order, 0, 1)
	}
	in.people[p.Account.Num] = p
	in.order = append(in.order, p.Account.Num)
}

func (in *introductions) get(n index.AccountNum) (Person, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	p, ok := in.people[n]
	return p, ok
}

// invited is what an invite says of an account.
func invited(invite discover.Invite) index.Account {
	of := index.Account{ID: invite.Account()}
	if invite.Name != "" {
		of.Profile = &record.Profile{Name: invite.Name}
	}
	return of
}

// person returns who has a number: somebody known here, or introduced.
func (a *API) person(ctx context.Context, number string) (Person, error) {
	n, err := index.ParseAccountNum(number)
	if err != nil {
		return Person{}, err
	}
	p, introduced := a.introduced.get(n)
	of, err := a.Index.AccountByNum(ctx, n)
	switch {
	case err == nil:
		p.Account, p.Known = of, true
	case !introduced || content.KindOf(err) != content.NotFound:
		return Person{}, err
	}
	return p, nil
}
