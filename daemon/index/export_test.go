package index

import (
	"time"

	"rossgram.app/content"
)

// FirstID is the id that a post has unless it is taken.
func FirstID(author content.AccountID, tid content.TID) StatusID {
	return firstID(postRef{author, tid}.status())
}

// SetStep makes transactions smaller.
func (ix *Index) SetStep(n int) { ix.step = n }

// SetClock sets when notifications come.
func (ix *Index) SetClock(now func() time.Time) { ix.now = now }

// SetMost bounds the notifications that are kept of an account.
func (ix *Index) SetMost(n int) { ix.maxNotes = n }

// Step is how many changes one transaction takes.
func (ix *Index) Step() int { return ix.step }

// Cached is how many records are kept in memory, and their bytes.
func (ix *Index) Cached() (records, bytes int) {
	ix.records.mu.Lock()
	defer ix.records.mu.Unlock()
	return ix.records.order.Len(), ix.records.size
}

// CacheBytes is the most that [Index.Cached] may be.
const CacheBytes = cacheBytes
