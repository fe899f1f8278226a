package discover

import (
	"context"
	"sync"

	ds "github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"rossgram.app/content"
)

// What a node that serves a DHT keeps for others, in memory.
const (
	maxRecords     = 1 << 16
	maxRecordBytes = 16 << 20 // of keys and values together
)

// records is a datastore with an end: what is beyond the limits is refused, as
// by a node that is full.
type records struct {
	ds.Batching

	mu    sync.Mutex // held while something is changed
	count int
	bytes int
}

func newRecords() *records {
	return &records{Batching: dssync.MutexWrap(ds.NewMapDatastore())}
}

// Put stores a value if there is room; kind TooLarge if there is none.
func (r *records) Put(ctx context.Context, key ds.Key, value []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	count, bytes := 1, len(key.String())+len(value)
	if size, err := r.Batching.GetSize(ctx, key); err == nil {
		count, bytes = 0, len(value)-size
	}
	if r.count+count > maxRecords || r.bytes+bytes > maxRecordBytes {
		return content.Errorf("discover.Put", content.TooLarge, "no room for more records of the DHT")
	}
	if err := r.Batching.Put(ctx, key, value); err != nil {
		return err
	}
	r.count += count
	r.bytes += bytes
	return nil
}

// Delete makes room.
func (r *records) Delete(ctx context.Context, key ds.Key) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	size, err := r.Batching.GetSize(ctx, key)
	if err == nil {
		r.count--
		r.bytes -= len(key.String()) + size
	}
	return r.Batching.Delete(ctx, key)
}

// Batch changes one after the other, each within the limits.
func (r *records) Batch(context.Context) (ds.Batch, error) { return ds.NewBasicBatch(r), nil }
