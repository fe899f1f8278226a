package rossgram

import (
	"context"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/mastodon"
)

// Disk is what a node holds, in bytes. MaxBytes 0 is no limit but the disk.
type Disk struct {
	BlocksBytes int64         `json:"blocks_bytes"`
	StateBytes  int64         `json:"state_bytes"`
	IndexBytes  int64         `json:"index_bytes"`
	FreeBytes   int64         `json:"free_bytes"`
	MaxBytes    int64         `json:"max_bytes"`
	Accounts    []AccountDisk `json:"accounts"`

	reserve int64 // bytes that stay free
}

// AccountDisk is what is held for one account; what several need counts for each.
type AccountDisk struct {
	DID   content.AccountID `json:"did"`
	Acct  string            `json:"acct"`
	Bytes int64             `json:"bytes"`
	Own   bool              `json:"own"`
}

// measureEvery is how old the figures of a gauge may be.
const measureEvery = 10 * time.Second

// gauge measures the disk now and then, however many ask.
type gauge struct {
	mu   sync.Mutex
	at   time.Time
	disk Disk
}

func (g *gauge) read(ctx context.Context, a *API) (Disk, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := a.Now(); g.at.IsZero() || now.Sub(g.at) >= measureEvery || now.Before(g.at) {
		disk, err := a.measure(ctx)
		if err != nil {
			return Disk{}, err
		}
		g.at, g.disk = now, disk
	}
	return g.disk, nil
}

func (a *API) measure(ctx context.Context) (Disk, error) {
	u, err := a.Store.Usage(ctx)
	if err != nil {
		return Disk{}, err
	}
	d := Disk{
		BlocksBytes: u.Blocks, StateBytes: u.State, IndexBytes: u.Index,
		FreeBytes: u.Free, MaxBytes: u.MaxDisk, reserve: u.Reserve, Accounts: []AccountDisk{},
	}
	for _, id := range a.Replica.OwnAccounts() {
		if err := d.add(ctx, a, id, true); err != nil {
			return Disk{}, err
		}
	}
	for _, s := range a.Follow.States() {
		if err := d.add(ctx, a, s.Account, false); err != nil {
			return Disk{}, err
		}
	}
	return d, nil
}

func (d *Disk) add(ctx context.Context, a *API, id content.AccountID, own bool) error {
	of, err := a.accountOf(ctx, id)
	if err != nil {
		return err
	}
	sizes, err := a.Store.Sizes(ctx, id)
	if err != nil {
		return err
	}
	d.Accounts = append(d.Accounts, AccountDisk{id, mastodon.Acct(of), sizes.Bytes, own})
	return nil
}
