package rossgram

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/pinning"
)

// PinningService is a service that posts are pinned at. Its token is never shown.
type PinningService struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Pinned   int    `json:"pinned"` // pins: one for each post, and the profile
	Pending  int    `json:"pending"`
	Failed   int    `json:"failed"`
	Error    string `json:"error"`
}

// PinnedAt is how a pinning service stands to a post.
type PinnedAt struct {
	Service string         `json:"service"`
	Status  pinning.Status `json:"status"`
	Error   string         `json:"error"`
}

func (a *API) pinningServices(context.Context, *rest.Call) (any, error) {
	list := []PinningService{}
	for _, s := range a.Pinning.States() {
		list = append(list, PinningService(s))
	}
	return list, nil
}

func (a *API) addPinning(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	s := pinning.Service{Name: p.Get("name"), Endpoint: p.Get("endpoint"), Token: p.Get("token")}
	if err := a.Pinning.Add(ctx, s); err != nil {
		return nil, err
	}
	for _, state := range a.Pinning.States() {
		if state.Name == s.Name {
			return PinningService(state), nil
		}
	}
	return nil, content.Errorf("rossgram.addPinning", content.NotFound, "the service was removed meanwhile")
}

func (a *API) removePinning(ctx context.Context, c *rest.Call) (any, error) {
	return rest.NoContent, a.Pinning.Remove(ctx, c.Path("name"))
}

func (a *API) pinnedAt(uri content.URI) []PinnedAt {
	list := []PinnedAt{}
	for _, p := range a.Pinning.Of(uri.Account, uri.Path) {
		list = append(list, PinnedAt{p.Service, p.Status, p.Note})
	}
	return list
}
