package daemon

import (
	"context"
	"net/http"
	"time"

	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/monitor"
	"rossgram.app/daemon/api/oauth"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/api/rossgram"
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
	oauth.New(oauth.Parts{Access: n.access, Index: n.index, Mastodon: masto, Now: time.Now}).Routes(r)
	n.ours = rossgram.New(rossgram.Parts{
		Access: n.access, Store: n.store, Index: n.index, Replica: n.replica, Publish: n.publish, Follow: n.follow,
		Branches: n.branches, Mirrors: n.mirrors, Pinning: n.pinning,
		Budget: n.budget, Host: n.host, DHT: n.dht, Events: n.events, Mastodon: masto, Files: files, Verify: n.verify, Reindex: n.reindex,
		Version: n.cfg.Version, Started: n.started, Now: time.Now,
	})
	n.ours.Routes(r)
	costs := monitor.New(monitor.Parts{
		Store: n.store, Host: n.host, Follow: n.follow, Budget: n.budget, Exchange: n.exchange, Announce: n.announce,
		Version: n.cfg.Version, Ready: n.ready.Load,
	})
	costs.Routes(r)
	page := web.Handler()
	r.Mount("GET /{$}", page)
	r.Mount("GET /page/", page)
	return costs.Measure(r), nil
}
