package budget

import (
	"context"
	"math"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/event"
)

// day counts the traffic of one day, from one local midnight to the next.
type day struct {
	began   time.Time
	in, out int64 // counted so far
	seenIn  int64 // the host's totals when that was
	seenOut int64
	saved   [3]int64
}

func (d *day) restore(ns []int64) {
	d.began, d.in, d.out = time.Unix(ns[0], 0), ns[1], ns[2]
	d.saved = [3]int64(ns)
}

// count takes the host's totals at a moment.
func (d *day) count(now time.Time, in, out int64) {
	y, m, date := now.Date()
	midnight := time.Date(y, m, date, 0, 0, 0, 0, now.Location())
	if !d.began.Equal(midnight) {
		d.began, d.in, d.out = midnight, 0, 0
	}
	d.in += in - d.seenIn
	d.out += out - d.seenOut
	d.seenIn, d.seenOut = in, out
}

// Today is the traffic since midnight, in bytes, and its limits; 0 is none.
type Today struct {
	Down    int64 `json:"down_bytes"`
	Up      int64 `json:"up_bytes"`
	MaxDown int64 `json:"max_down_bytes"`
	MaxUp   int64 `json:"max_up_bytes"`
}

// DownSpent and UpSpent report whether a limit is reached.
func (t Today) DownSpent() bool { return t.MaxDown > 0 && t.Down >= t.MaxDown }

// UpSpent reports whether the limit of what is sent is reached.
func (t Today) UpSpent() bool { return t.MaxUp > 0 && t.Up >= t.MaxUp }

// Today counts now. All traffic with peers counts, on the local network too.
func (b *Budget) Today() Today {
	in, out := b.Traffic()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.day.count(b.Now(), in, out)
	return Today{b.day.in, b.day.out, b.DailyDown, b.DailyUp}
}

// Ready returns an error of kind Unavailable while no photos are to be fetched: the
// day's limit is reached.
func (b *Budget) Ready() error {
	if b.DailyDown > 0 && b.Today().DownSpent() {
		return content.Errorf("budget.Ready", content.Unavailable,
			"today's limit of what is received is reached: photos come after midnight, or raise network.daily_down; posts without their photos go on arriving")
	}
	return nil
}

// Remaining returns how many bytes of files may be fetched today. It is asked before
// each exchange, so that no more than those under way go beyond the day's limit.
func (b *Budget) Remaining() int64 {
	if b.DailyDown == 0 {
		return math.MaxInt64
	}
	return max(b.DailyDown-b.Today().Down, 0)
}

// Metered reports whether traffic is being spared.
func (b *Budget) Metered() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.metered
}

// SetMetered says whether the connection costs by the byte: then nothing but
// records and the smallest renditions is fetched unasked, and of photos next to
// nothing is given to others. It holds until the node ends.
func (b *Budget) SetMetered(ctx context.Context, on bool) error {
	b.mu.Lock()
	changed, replan := b.metered != on, b.replan
	b.metered = on
	b.mu.Unlock()
	if !changed || on || replan == nil {
		return nil
	}
	ids, err := b.followed(ctx)
	for _, id := range ids {
		if err == nil {
			err = replan(ctx, id) // what was left out is fetched now
		}
	}
	if err != nil {
		return content.E("budget.SetMetered", content.Other, err)
	}
	return nil
}

// keepCount writes the count down and tells of limits that are reached.
func (b *Budget) keepCount(ctx context.Context) {
	timer := time.NewTicker(sampleEvery)
	defer timer.Stop()
	for {
		b.tellWarnings(ctx)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := b.saveDay(ctx); err != nil && ctx.Err() == nil {
			b.Log.Warn("today's traffic is not written down", "error", err)
		}
	}
}

func (b *Budget) saveDay(ctx context.Context) error {
	b.Today()
	b.mu.Lock()
	now := [3]int64{b.day.began.Unix(), b.day.in, b.day.out}
	same := now == b.day.saved
	b.day.saved = now
	b.mu.Unlock()
	if same {
		return nil
	}
	return b.set(ctx, []byte{tagTraffic}, numbers(now[:]...))
}

// tellWarnings tells of warnings that did not hold before.
func (b *Budget) tellWarnings(ctx context.Context) {
	holding := make(map[string]bool)
	list, err := b.Warnings(ctx)
	if err != nil {
		return
	}
	for _, w := range list {
		holding[w.Code] = true
		if !b.told[w.Code] {
			b.Events.Publish(event.Warning, w)
		}
	}
	b.told = holding // only this goroutine reads it
}
