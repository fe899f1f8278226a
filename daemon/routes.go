package daemon

import (
	"context"
	"net/http"
	"time"

	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/web"
)

// routes puts everything that answers HTTP on one router.
func (n *Node) routes(ctx context.Context) (http.Handler, error) {
	key, err := gateway.OpenKey(ctx, n.store.State().Bucket("gateway/"))
	if err != nil {
		return nil, err
	}
	r := rest.New(n.access, rest.Hosts{Names: n.cfg.API.Names}, n.log)
	files := gateway.New(gateway.Parts{Published: n.store.Published(), Key: key})
	files.Routes(r)
	masto := mastodon.New(mastodon.Parts{
		Index: n.index, Publish: n.publish, Invites: n.follow, GatewayKey: key, Version: n.cfg.Version, Now: time.Now,
	})
	masto.Routes(r)
	page := web.Handler()
	r.Mount("GET /{$}", page)
	r.Mount("GET /page/", page)
	return r, nil
}
