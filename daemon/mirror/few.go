package mirror

import (
	"context"
	"fmt"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
	protocol "rossgram.app/p2p/mirror"
)

// Few counts the posts of a hosted account that fewer than [Enough] other nodes are
// known to hold with their photos, among the newest 16,384.
type Few struct {
	Posts  int
	Newest content.URI // of them
}

// FewOf returns what was counted last. It answers from memory.
func (m *Mirrors) FewOf(account content.AccountID) Few {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.few[account]
}

// countAll counts at the start, and now and then, for receipts grow old.
func (m *Mirrors) countAll(ctx context.Context) {
	for {
		for _, account := range m.Replica.HostedAccounts() {
			m.countOf(ctx, account)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(jitter(m.Pace.Every)):
		}
	}
}

// countOf counts the posts of an account that few hold.
func (m *Mirrors) countOf(ctx context.Context, account content.AccountID) {
	f, err := m.countFew(ctx, account)
	if err != nil {
		if ctx.Err() == nil {
			m.Log.Warn("how many nodes hold your posts can't be counted", "account", account, "error", err)
		}
		return
	}
	m.mu.Lock()
	m.few[account] = f
	m.mu.Unlock()
	m.warnFew(account, f)
}

func (m *Mirrors) countFew(ctx context.Context, account content.AccountID) (Few, error) {
	chunks, err := m.chunks(ctx, account)
	if err != nil {
		return Few{}, err
	}
	holders := make(map[protocol.Post]int)
	if err := m.eachReceipt(ctx, account, func(r protocol.Receipt) {
		for i, l := range r.Levels {
			if l >= protocol.Renditions {
				holders[r.Posts[i]]++
			}
		}
	}); err != nil {
		return Few{}, err
	}
	var f Few
	for _, posts := range chunks {
		for _, p := range posts {
			if holders[p]+m.Elsewhere(account, p) < Enough {
				f.Posts++
				f.Newest = content.URI{Account: account, Path: content.NewPath(content.CollectionPost, p.TID.String())}
			}
		}
	}
	return f, nil
}

// warnFew tells of posts that few hold, once others had the time to fetch them and
// once for each newest one.
func (m *Mirrors) warnFew(account content.AccountID, f Few) {
	if f.Posts == 0 {
		return
	}
	tid, err := content.ParseTID(f.Newest.Path.RecordKey())
	if err != nil || m.Now().Sub(tid.Time()) < fewAfter {
		return
	}
	m.mu.Lock()
	told := m.warned[account] == f.Newest
	m.warned[account] = f.Newest
	m.mu.Unlock()
	if !told {
		m.tell(event.WarningData{Code: "few-holders", Message: f.Message()})
	}
}

// Message says what to do.
func (f Few) Message() string {
	return fmt.Sprintf("Fewer than %d other nodes are known to hold %d of your posts, the newest %s: "+
		"ask a friend's node to be a mirror with rossgram mirror ask, or stay on until followers have fetched them.", Enough, f.Posts, f.Newest)
}
