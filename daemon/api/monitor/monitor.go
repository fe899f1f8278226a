// Package monitor is what programs that watch over a node ask: whether it serves
// (/healthz), whether it is ready (/readyz), and figures in Prometheus' text
// format (/metrics).
//
// It guarantees that figures are read when they are asked for and by nobody in
// between, that they name no account, peer or file, and that their number does
// not grow with what callers ask for. What is worth an alarm is left to whoever
// watches.
package monitor

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/budget"
	"rossgram.app/daemon/follow"
	"rossgram.app/p2p"
	"rossgram.app/p2p/announce"
	"rossgram.app/p2p/exchange"
)

// Parts is what is watched over. All are needed.
type Parts struct {
	Store    *store.Store
	Host     *p2p.Host
	Follow   *follow.Keeper
	Budget   *budget.Budget
	Exchange *exchange.Exchange
	Announce *announce.Announcer
	Version  string // of rossgram
	// Ready reports whether the node does all that it is there for.
	Ready func() bool
}

// Monitor answers the routes. Make it with [New].
type Monitor struct {
	Parts
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// New returns a monitor with figures of its own: none are the process's globals.
func New(parts Parts) *Monitor {
	m := &Monitor{Parts: parts, registry: prometheus.NewRegistry(), requests: newRequests()}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newFigures(parts), m.requests,
	)
	return m
}

// Routes adds /healthz, /readyz and /metrics.
func (m *Monitor) Routes(r *rest.Router) {
	r.Unmetered("GET /healthz", func(context.Context, *rest.Call) (any, error) {
		return state{"ok"}, nil
	})
	r.Unmetered("GET /readyz", m.ready)
	figures := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
	r.Handle("GET /metrics", access.Read, func(_ context.Context, c *rest.Call) (any, error) {
		figures.ServeHTTP(c.Writer, c.Request)
		return rest.Written, nil
	})
}

// maxScrapes is how many are answered at a time.
const maxScrapes = 4

type state struct {
	Status string `json:"status"`
}

func (m *Monitor) ready(context.Context, *rest.Call) (any, error) {
	if !m.Ready() {
		return rest.Status{Code: http.StatusServiceUnavailable, Body: state{"starting"}}, nil
	}
	return state{"ok"}, nil
}
