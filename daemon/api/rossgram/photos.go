package rossgram

import (
	"context"
	"fmt"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/rest"
)

// The seconds that a caller may wait for a file.
const (
	fetchSeconds    = 30
	maxFetchSeconds = 60
)

// photo answers with a file that a published record refers to, after fetching it
// from peers if need be.
func (a *API) photo(ctx context.Context, c *rest.Call) (any, error) {
	id, err := gateway.ParseCID(c.Path("cid"))
	if err != nil {
		return nil, err
	}
	seconds, err := c.Query().Int("timeout", fetchSeconds, 0, maxFetchSeconds)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	err = a.Follow.FetchFile(waiting, id)
	if content.KindOf(err) == content.Unavailable && ctx.Err() == nil {
		return nil, content.E("rossgram.photo", content.Unavailable, fmt.Errorf("nobody who is connected gave the photo within %d s: try again when a holder is there", seconds))
	}
	if err != nil {
		return nil, err
	}
	if err := a.Files.ServeFile(c.Writer, c.Request, id); err != nil {
		return nil, err
	}
	return rest.Written, nil
}
