package store

import (
	"context"
	"time"
)

// Badger's own compactors look for work twenty times a second, two of them for
// each database, whether or not anything was written: with three databases that
// alone was 2 % of a core. So they are off (badgerOptions), and each database has
// one goroutine that looks twice a second, which costs nothing, and merges all
// tables when badger would have begun. Memory tables may fill meanwhile: writers
// have to wait only when ten tables were written between two looks.
const (
	compactEvery = 500 * time.Millisecond
	compactRetry = time.Minute // after a failure
)

// keepCompacted merges tables when there are too many, until ctx is done.
func (d *database) keepCompacted(ctx context.Context) {
	ticker := time.NewTicker(compactEvery)
	defer ticker.Stop()
	var failed time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if now.Sub(failed) < compactRetry || !d.uneven() {
				continue
			}
			if err := d.flatten(); err != nil {
				d.log.Warn("compacting failed; it will be tried again", "database", string(d.name), "error", err)
				failed = now
			}
		}
	}
}

// uneven reports whether a level holds more than it should: five tables on the
// first, or more bytes than badger wants on another but the last.
func (d *database) uneven() bool {
	for _, l := range d.Levels() {
		if l.Score >= 1 {
			return true
		}
	}
	return false
}

// flatten merges all tables into one level, while reading and writing go on.
func (d *database) flatten() error {
	d.tree.Lock()
	defer d.tree.Unlock()
	return d.Flatten(1)
}

// dropPrefix deletes keys, and writes the memory table out. Nothing may be
// written to the database meanwhile.
func (d *database) dropPrefix(prefix []byte) error {
	d.tree.Lock()
	defer d.tree.Unlock()
	return d.DropPrefix(prefix)
}
