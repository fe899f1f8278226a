package client

import (
	"context"
	"net/http"
	"net/url"
)

// PinningService is a service that posts are pinned at.
type PinningService struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Pinned   int    `json:"pinned"`
	Pending  int    `json:"pending"`
	Failed   int    `json:"failed"`
	Error    string `json:"error"`
}

// PinningServices returns the services.
func (c *Client) PinningServices(ctx context.Context) ([]PinningService, error) {
	var list []PinningService
	return list, c.get(ctx, Ours+"pinning", nil, &list)
}

// AddPinning has posts pinned at a service. The daemon keeps the token.
func (c *Client) AddPinning(ctx context.Context, name, endpoint, token string) (PinningService, error) {
	var s PinningService
	in := map[string]string{"name": name, "endpoint": endpoint, "token": token}
	return s, c.send(ctx, http.MethodPost, Ours+"pinning", in, &s)
}

// RemovePinning forgets a service. What is pinned there stays.
func (c *Client) RemovePinning(ctx context.Context, name string) error {
	return c.send(ctx, http.MethodDelete, Ours+"pinning/"+url.PathEscape(name), nil, nil)
}
