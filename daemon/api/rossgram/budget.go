package rossgram

import (
	"context"
	"strconv"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/budget"
)

// Budget is what the node may use and what it has used.
type Budget = budget.Status

func (a *API) budget(context.Context, *rest.Call) (any, error) { return a.Budget.Status(), nil }

// setBudget changes what can be changed while the node runs.
func (a *API) setBudget(ctx context.Context, c *rest.Call) (any, error) {
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	on, err := strconv.ParseBool(p.Get("metered"))
	if err != nil {
		return nil, content.Errorf("rossgram.setBudget", content.Invalid, "metered is true or false; the other limits are in config.toml")
	}
	if err := a.Budget.SetMetered(ctx, on); err != nil {
		return nil, err
	}
	return a.Budget.Status(), nil
}

// limit sets the limit of a follow, if the call names one.
func (a *API) limit(ctx context.Context, id content.AccountID, p rest.Params) error {
	given, ok := p.Lookup("max_bytes")
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < 0 {
		return content.Errorf("rossgram.limit", content.Invalid, "max_bytes is a number of bytes; 0 is no limit")
	}
	return a.Budget.SetCap(ctx, id, n)
}

// limitFollow changes the limit of a follow.
func (a *API) limitFollow(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	if _, ok := p.Lookup("max_bytes"); !ok {
		return nil, content.Errorf("rossgram.limitFollow", content.Invalid, "say max_bytes, the most bytes of photos to keep; 0 is no limit")
	}
	if _, err := a.showFollow(ctx, c); err != nil {
		return nil, err
	}
	if err := a.limit(ctx, id, p); err != nil {
		return nil, err
	}
	return a.showFollow(ctx, c)
}
