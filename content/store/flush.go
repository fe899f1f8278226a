package store

import "context"

// flushEvery is after how many bytes of blocks the disk is set to work on them.
// Badger waits for the disk when a log file is full, and so does whoever publishes:
// what is written by then need not be waited for.
const flushEvery = 32 << 20

// wrote notes that so many bytes of blocks were written.
func (s *Store) wrote(n int64) {
	if s.unflushed.Add(n) < flushEvery {
		return
	}
	s.unflushed.Store(0)
	select {
	case s.flush <- struct{}{}:
	default: // it is at it
	}
}

// keepFlushing syncs blocks while they are being written. A failure is for the
// sync of whoever publishes to report.
func (s *Store) keepFlushing(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.flush:
			if err := s.blocks.sync(); err != nil {
				s.log.Warn("blocks are not written to the disk yet", "error", err)
			}
		}
	}
}
