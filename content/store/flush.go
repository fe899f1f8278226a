package store

import (
	"context"
	"sync/atomic"

	"rossgram.app/content"
)

// flushEvery is after how many bytes of blocks the disk is set to work on them.
// Badger waits for the disk when a log file is full, and so does whoever publishes:
// what is written by then need not be waited for. Badger's log, which is mapped into
// memory, is the dearer one to sync, and is not looked at while files are written.
const flushEvery = 32 << 20

// unflushed counts what was written and not handed to the disk.
type unflushed struct {
	files, log atomic.Int64  // bytes
	due        chan struct{} // holds one: there is enough of either
}

// wrote notes that blocks were written.
func (s *Store) wrote(list []content.Block) {
	var files, log int64
	for _, b := range list {
		if len(b.Data) >= largeFrom {
			files += int64(len(b.Data))
		} else {
			log += int64(len(b.Data))
		}
	}
	u := &s.unflushed
	if max(u.files.Add(files), u.log.Add(log)) < flushEvery {
		return
	}
	select {
	case u.due <- struct{}{}:
	default: // it is at it
	}
}

// flush syncs that of which there is enough.
func (s *Store) flush() error {
	u := &s.unflushed
	if u.log.Load() >= flushEvery {
		u.log.Store(0)
		u.files.Store(0)
		return s.blocks.sync()
	}
	u.files.Store(0)
	return s.blocks.large.sync()
}

// keepFlushing syncs blocks while they are being written. A failure is for the
// sync of whoever publishes to report.
func (s *Store) keepFlushing(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.unflushed.due:
			if err := s.flush(); err != nil {
				s.log.Warn("blocks are not written to the disk yet", "error", err)
			}
		}
	}
}
