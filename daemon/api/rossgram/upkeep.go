package rossgram

import (
	"context"
	"errors"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
)

// Collected is what a garbage collection freed.
type Collected struct {
	BlocksDropped int   `json:"blocks_dropped"`
	BytesDropped  int64 `json:"bytes_dropped"`
	LogBytesFreed int64 `json:"log_bytes_freed"`
}

// Verified is what reading every block showed.
type Verified struct {
	Blocks  int       `json:"blocks"`
	Bytes   int64     `json:"bytes"`
	Damaged []Damaged `json:"damaged"`
	// Refetching is of how many of the damaged a copy is looked for.
	Refetching int `json:"refetching"`
}

// Damaged is a block whose bytes are not what its CID names, and whose it is.
type Damaged struct {
	CID      string              `json:"cid"`
	Accounts []content.AccountID `json:"accounts"`
}

// Reindexed is what a new index was made from.
type Reindexed struct {
	Accounts int `json:"accounts"`
	Records  int `json:"records"`
	Posts    int `json:"posts"`
}

// alone runs one piece of upkeep at a time: each reads the whole home.
func (a *API) alone(run func() (any, error)) (any, error) {
	if !a.upkeep.TryLock() {
		return nil, content.E("rossgram.upkeep", content.Conflict, errors.New("gc, verify or reindex is running already: wait until it is done"))
	}
	defer a.upkeep.Unlock()
	return run()
}

func (a *API) collect(ctx context.Context, _ *rest.Call) (any, error) {
	return a.alone(func() (any, error) {
		r, err := a.Store.GC(ctx)
		return Collected{r.Blocks, r.Bytes, max(0, r.DiskBefore-r.DiskAfter)}, err
	})
}

func (a *API) verify(ctx context.Context, _ *rest.Call) (any, error) {
	return a.alone(func() (any, error) {
		v, err := a.Verify(ctx)
		if v.Damaged == nil {
			v.Damaged = []Damaged{}
		}
		return v, err
	})
}

func (a *API) reindex(ctx context.Context, _ *rest.Call) (any, error) {
	return a.alone(func() (any, error) { return a.Reindex(ctx) })
}
