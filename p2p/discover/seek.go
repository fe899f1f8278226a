package discover

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"rossgram.app/content"
)

// SeekPace says how a [Seeker] works. What is zero has the default that is named.
type SeekPace struct {
	Every   time.Duration // how often it looks who is missing; 5 s
	First   time.Duration // how long an account may be short of holders before anybody is asked; 3 s
	Ask     Pace          // First and Longest: pauses between two questions to peers; 3 s to 1 h
	LookUp  Pace          // First and Longest: pauses between two lookups of an account; 2 min to 12 h
	Lookups time.Duration // in which one more lookup is allowed, over a long time; 10 min
	Burst   int           // lookups that are allowed at once; 16
}

func (p *SeekPace) setDefaults() {
	defaultTo(&p.Every, 5*time.Second)
	defaultTo(&p.First, 3*time.Second)
	defaultTo(&p.Ask.First, 3*time.Second)
	defaultTo(&p.Ask.Longest, time.Hour)
	defaultTo(&p.LookUp.First, 2*time.Minute)
	defaultTo(&p.LookUp.Longest, 12*time.Hour)
	defaultTo(&p.Lookups, 10*time.Minute)
	if p.Burst == 0 {
		p.Burst = 16
	}
}

const (
	askAccounts = 64 // asked about in one question
	askPeers    = 4  // asked in a round
	lookupBelow = 2  // connected holders of an account, so that one alone can't keep it from others
	askTimeout  = 15 * time.Second
)

// Asker asks a connected peer who else holds accounts; it returns the peers named
// of each.
type Asker interface {
	Holders(ctx context.Context, p peer.ID, accounts []content.AccountID) ([][]peer.AddrInfo, error)
}

// Seeker looks for more holders of the accounts that a [Dialer] wants and that
// too few connected peers hold: it asks those that do who else does, and if there
// is at most one, the DHT. It asks again after pauses that double, with jitter,
// and looks up at a bounded rate, so that a thousand accounts that nobody holds
// cost little. What it hears is hearsay: see [Book.Heard].
type Seeker struct {
	dialer *Dialer
	asker  Asker
	dht    *DHT // nil if there is none
	pace   SeekPace
	log    *slog.Logger
	rate   *rate.Limiter

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// NewSeeker starts one; dht may be nil.
func NewSeeker(d *Dialer, asker Asker, dht *DHT, pace SeekPace, log *slog.Logger) *Seeker {
	pace.setDefaults()
	s := &Seeker{
		dialer: d, asker: asker, dht: dht, pace: pace, log: log,
		rate: rate.NewLimiter(rate.Every(pace.Lookups), pace.Burst),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.running.Go(func() { s.rounds(s.pace.Ask, s.ask) })
	if dht != nil {
		s.running.Go(func() { s.rounds(s.pace.LookUp, s.lookUp) })
	}
	return s
}

// Close stops looking and waits for it.
func (s *Seeker) Close() error {
	s.cancel()
	s.running.Wait()
	return nil
}

// rounds calls do with the accounts that are short of holders and due, now and
// then; do marks those it asked about.
func (s *Seeker) rounds(pace Pace, do func([]shortage, func(content.AccountID))) {
	quests := quests{wait: s.pace.First, pace: pace}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(jitter(s.pace.Every)):
			do(quests.due(s.dialer.short()), quests.asked)
		}
	}
}

// ask asks connected holders who else there is.
func (s *Seeker) ask(short []shortage, mark func(content.AccountID)) {
	questions := make(map[peer.ID][]content.AccountID)
	for _, need := range short {
		if len(need.present) == 0 {
			continue
		}
		p := need.present[rand.IntN(len(need.present))]
		if _, there := questions[p]; (there || len(questions) < askPeers) && len(questions[p]) < askAccounts {
			questions[p] = append(questions[p], need.account)
			mark(need.account)
		}
	}
	for p, accounts := range questions {
		s.askPeer(p, accounts)
	}
}

func (s *Seeker) askPeer(p peer.ID, accounts []content.AccountID) {
	ctx, cancel := context.WithTimeout(s.ctx, askTimeout)
	defer cancel()
	conns := s.dialer.host.Libp2p().Network().ConnsToPeer(p)
	if len(conns) == 0 {
		return
	}
	named, err := s.asker.Holders(ctx, p, accounts)
	if err != nil {
		s.log.Debug("a peer does not say who else holds accounts", "peer", p, "error", err)
		return
	}
	for i, infos := range named[:min(len(named), len(accounts))] {
		for j := range infos {
			infos[j].Addrs = Reachable(infos[j].Addrs, conns[0].RemoteMultiaddr())
		}
		s.heard(accounts[i], infos)
	}
}

// lookUp looks up the accounts in the DHT, as many as are allowed: first those
// that nobody connected holds, and of these those that were looked up least.
func (s *Seeker) lookUp(short []shortage, mark func(content.AccountID)) {
	slices.SortStableFunc(short, func(a, b shortage) int {
		return cmp.Or(cmp.Compare(len(a.present), len(b.present)), cmp.Compare(a.times, b.times))
	})
	for _, need := range short {
		if len(need.present) >= lookupBelow || s.ctx.Err() != nil || !s.rate.Allow() {
			return
		}
		mark(need.account)
		infos, err := s.dht.Find(s.ctx, need.account)
		if err != nil {
			s.log.Debug("an account is not looked up in the DHT", "account", need.account, "error", err)
			return
		}
		rand.Shuffle(len(infos), func(i, j int) { infos[i], infos[j] = infos[j], infos[i] })
		for i := range infos {
			infos[i].Addrs = s.dht.reach.only(infos[i].Addrs)
		}
		s.heard(need.account, infos)
	}
}

func (s *Seeker) heard(account content.AccountID, infos []peer.AddrInfo) {
	s.dialer.Heard(account, slices.DeleteFunc(infos, func(i peer.AddrInfo) bool { return i.ID == s.dialer.host.ID() }))
}
