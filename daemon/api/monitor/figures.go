package monitor

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rossgram.app/daemon/follow"
)

// scrapeTimeout bounds the reading of figures from the disk.
const scrapeTimeout = 5 * time.Second

// figures reads the node's state when it is scraped ([prometheus.Collector]).
type figures struct {
	Parts
	info, peers, follows, bytes, blocks, blockBytes, announcements, stored, free *prometheus.Desc
	limit, evicted, today, dailyCap, metered                                     *prometheus.Desc
}

func newFigures(parts Parts) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("rossgram_"+name, help, labels, nil)
	}
	return &figures{
		Parts:         parts,
		info:          desc("build_info", "What runs; always 1.", "version"),
		peers:         desc("peers", "Nodes connected."),
		follows:       desc("follows", "Accounts followed, by how far their copies are.", "phase"),
		bytes:         desc("network_bytes_total", "Bytes on streams with peers.", "direction"),
		blocks:        desc("exchange_blocks_total", "Blocks exchanged with peers.", "direction"),
		blockBytes:    desc("exchange_bytes_total", "Bytes of blocks exchanged with peers.", "direction"),
		announcements: desc("announcements_total", "Announced heads, by what became of them.", "result"),
		stored:        desc("store_bytes", "Bytes that the home takes on disk.", "database"),
		free:          desc("disk_free_bytes", "Bytes free on the home's disk."),
		limit:         desc("store_max_bytes", "Bytes that the home may take on disk; 0 is no limit."),
		evicted:       desc("evicted_bytes_total", "Bytes of other people's photos that made room for newer ones."),
		today:         desc("network_today_bytes", "Bytes on streams with peers since midnight.", "direction"),
		dailyCap:      desc("network_daily_max_bytes", "Bytes a day after which photos wait until midnight; 0 is no limit.", "direction"),
		metered:       desc("network_metered", "1 while traffic is being spared."),
	}
}

// Describe implements [prometheus.Collector].
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		f.info, f.peers, f.follows, f.bytes, f.blocks, f.blockBytes, f.announcements, f.stored, f.free,
		f.limit, f.evicted, f.today, f.dailyCap, f.metered,
	} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector]. A figure that can't be read makes
// the scrape fail, so that it is noticed.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	s := scrape{ch}
	s.gauge(f.info, 1, f.Version)
	s.gauge(f.peers, float64(len(f.Host.Peers())))
	f.collectFollows(s)
	f.collectNetwork(s)
	f.collectDisk(s)
	f.collectBudget(s)
}

func (f *figures) collectBudget(s scrape) {
	b := f.Budget.Status()
	s.counter(f.evicted, float64(b.Evicted.Bytes))
	s.gauge(f.today, float64(b.Today.Down), "in")
	s.gauge(f.today, float64(b.Today.Up), "out")
	s.gauge(f.dailyCap, float64(b.Today.MaxDown), "in")
	s.gauge(f.dailyCap, float64(b.Today.MaxUp), "out")
	metered := 0.0
	if b.Metered {
		metered = 1
	}
	s.gauge(f.metered, metered)
}

func (f *figures) collectFollows(s scrape) {
	phases := map[follow.Phase]int{
		follow.Resolving: 0, follow.Syncing: 0, follow.Current: 0, follow.Unreachable: 0, follow.Forked: 0,
	}
	for _, state := range f.Follow.States() {
		phases[state.Phase]++
	}
	for phase, n := range phases {
		s.gauge(f.follows, float64(n), string(phase))
	}
}

func (f *figures) collectNetwork(s scrape) {
	in, out := f.Host.Bandwidth()
	s.counter(f.bytes, float64(in), "in")
	s.counter(f.bytes, float64(out), "out")
	if x, err := f.Exchange.Stat(); err != nil {
		s.fail(f.blocks, err)
	} else {
		s.counter(f.blocks, float64(x.BlocksReceived), "in")
		s.counter(f.blocks, float64(x.BlocksSent), "out")
		s.counter(f.blockBytes, float64(x.BytesReceived), "in")
		s.counter(f.blockBytes, float64(x.BytesSent), "out")
	}
	c := f.Announce.Counts()
	for result, n := range map[string]uint64{
		"accepted": c.Accepted, "ignored": c.Ignored, "rejected": c.Rejected, "dropped": c.Dropped,
	} {
		s.counter(f.announcements, float64(n), result)
	}
}

func (f *figures) collectDisk(s scrape) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	u, err := f.Store.Usage(ctx)
	if err != nil {
		s.fail(f.stored, err)
		return
	}
	s.gauge(f.stored, float64(u.Blocks), "blocks")
	s.gauge(f.stored, float64(u.State), "state")
	s.gauge(f.stored, float64(u.Index), "index")
	s.gauge(f.free, float64(u.Free))
	s.gauge(f.limit, float64(u.MaxDisk))
}

// scrape takes figures.
type scrape struct{ ch chan<- prometheus.Metric }

func (s scrape) gauge(d *prometheus.Desc, v float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (s scrape) counter(d *prometheus.Desc, v float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

func (s scrape) fail(d *prometheus.Desc, err error) { s.ch <- prometheus.NewInvalidMetric(d, err) }
