package rest

import (
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What callers without a token may do, per address: as Mastodon does, 300 calls
// in five minutes.
const (
	ratePeriod = 5 * time.Minute
	rateCalls  = 300
	// maxCallers is how many addresses are remembered; one of them is forgotten for
	// each further one.
	maxCallers = 1024
)

type limiter struct {
	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

func newLimiter() *limiter { return &limiter{callers: make(map[string]*rate.Limiter)} }

// tooMany refuses a caller for a while.
type tooMany struct{}

func (tooMany) Error() string { return "too many requests: try again in a minute" }
func (tooMany) status() int   { return http.StatusTooManyRequests }

// admit takes calls off the caller's allowance and tells in headers what is left.
func (l *limiter) admit(w http.ResponseWriter, req *http.Request, calls int) error {
	now := time.Now()
	host, _, _ := net.SplitHostPort(req.RemoteAddr)
	allowance := l.of(host)
	ok := allowance.AllowN(now, calls)
	left := max(allowance.TokensAt(now), 0)
	full := time.Duration((rateCalls - left) / rateCalls * float64(ratePeriod))
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(rateCalls))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(int(left)))
	h.Set("X-RateLimit-Reset", now.Add(full).UTC().Format("2006-01-02T15:04:05.000Z"))
	if !ok {
		return tooMany{}
	}
	return nil
}

func (l *limiter) of(host string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.callers[host]; a != nil {
		return a
	}
	if len(l.callers) >= maxCallers {
		for other := range l.callers {
			delete(l.callers, other)
			break
		}
	}
	a := rate.NewLimiter(rate.Every(ratePeriod/rateCalls), rateCalls)
	l.callers[host] = a
	return a
}
