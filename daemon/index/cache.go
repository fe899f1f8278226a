package index

import (
	"container/list"
	"context"
	"sync"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// cacheBytes bounds the cache of decoded records by their encoded sizes: some
// thousand posts, which decoded take three times that.
const cacheBytes = 2 << 20

// recordCache reads records, and keeps those used last.
type recordCache struct {
	src   RecordSource
	limit int

	mu    sync.Mutex
	size  int
	order *list.List // of *cachedRecord, used last in front
	byKey map[[digestLen]byte]*list.Element
}

type cachedRecord struct {
	digest [digestLen]byte
	size   int
	record record.Record
}

func newRecordCache(src RecordSource, limit int) *recordCache {
	return &recordCache{src: src, limit: limit, order: list.New(), byKey: make(map[[digestLen]byte]*list.Element)}
}

// get returns a record, which must not be changed.
func (c *recordCache) get(ctx context.Context, digest [digestLen]byte) (record.Record, error) {
	if r, ok := c.cached(digest); ok {
		return r, nil
	}
	b, err := c.src.Get(ctx, content.FromDigest(content.DagCBOR, digest))
	if err != nil {
		return nil, err
	}
	r, err := record.Decode(b)
	if err != nil {
		return nil, err
	}
	c.add(&cachedRecord{digest, len(b), r})
	return r, nil
}

// comment is [recordCache.get] of a comment whose bytes are at hand, and were checked
// when they were entered.
func (c *recordCache) comment(l listing) (record.Record, error) {
	if r, ok := c.cached(l.digest); ok {
		return r, nil
	}
	r := new(record.Comment)
	if err := r.UnmarshalCBOR(l.data); err != nil {
		return nil, err
	}
	c.add(&cachedRecord{l.digest, len(l.data), r})
	return r, nil
}

func (c *recordCache) cached(digest [digestLen]byte) (record.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[digest]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cachedRecord).record, true
}

func (c *recordCache) add(r *cachedRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, twice := c.byKey[r.digest]; twice {
		return
	}
	c.byKey[r.digest] = c.order.PushFront(r)
	for c.size += r.size; c.size > c.limit; {
		last := c.order.Remove(c.order.Back()).(*cachedRecord)
		delete(c.byKey, last.digest)
		c.size -= last.size
	}
}
