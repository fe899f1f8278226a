package budget

import (
	"context"
	"fmt"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
)

// Status is how the budget stands.
type Status struct {
	Today      Today   `json:"today"`
	UploadRate int64   `json:"upload_rate"` // bytes a second; 0 is no limit
	Metered    bool    `json:"metered"`
	PerFollow  int64   `json:"per_follow_bytes"` // 0 is no limit
	Evicted    Evicted `json:"evicted"`
	OnDemand   int     `json:"on_demand"` // followed accounts of which older photos are here only on demand
}

// Status returns how the budget stands. It answers from memory.
func (b *Budget) Status() Status {
	today := b.Today()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{Today: today, UploadRate: b.UploadRate, Metered: b.metered, PerFollow: b.PerFollow, Evicted: b.evicted}
	for _, shelf := range b.shelves {
		if !shelf.keepsAll() {
			s.OnDemand++
		}
	}
	return s
}

// OnDemandBefore returns the moment before which the photos of an account are here
// on demand only, as far as posts say when they were made; false if all are kept.
func (b *Budget) OnDemandBefore(id content.AccountID) (content.TID, bool) {
	s := b.shelf(id)
	return s.floors[large], !s.keepsAll()
}

// Warnings returns what the owner should know of: limits that are reached or near.
func (b *Budget) Warnings(ctx context.Context) ([]event.WarningData, error) {
	var list []event.WarningData
	warn := func(code, format string, args ...any) {
		list = append(list, event.WarningData{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	today := b.Today()
	if today.DownSpent() {
		warn("daily-down", "Today's %s of what is received are used up: posts arrive without their photos until midnight. Raise network.daily_down if that is too little.", text(today.MaxDown))
	}
	if today.UpSpent() {
		warn("daily-up", "Today's %s of what is sent are used up: your posts are still announced, but photos are not given to others until midnight. Raise network.daily_up if that is too little.", text(today.MaxUp))
	}
	u, err := b.Store.Usage(ctx)
	if err != nil {
		return nil, content.E("budget.Warnings", content.Other, err)
	}
	left, err := b.Store.Left(ctx)
	if err != nil {
		return nil, content.E("budget.Warnings", content.Other, err)
	}
	if used := u.Blocks + u.State + u.Index; u.MaxDisk > 0 && left < u.MaxDisk/20 {
		s, err := b.sizes(ctx)
		if err != nil {
			return nil, content.E("budget.Warnings", content.Other, err)
		}
		if s.total < u.MaxDisk/20 {
			warn("limit-near", "rossgram uses %s of the %s it may, and hardly any of it are photos of others that could make room: raise storage.max in config.toml, or delete posts and run rossgram gc.", text(used), text(u.MaxDisk))
		}
	}
	return list, nil
}

// text writes bytes for people, in decimal units.
func text(n int64) string {
	if n >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}
