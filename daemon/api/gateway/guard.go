package gateway

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/api/rest"
)

// OpenKey returns the key that is kept in a room of the precious state, and makes
// it with the first call: 128 bits, so that links stay good across restarts and
// can't be guessed.
func OpenKey(ctx context.Context, room *store.KV) (string, error) {
	const op = "gateway.OpenKey"
	var key string
	err := room.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Get([]byte("key"))
		if err == nil {
			key = string(b)
			return nil
		}
		if content.KindOf(err) != content.NotFound {
			return err
		}
		key = strings.ToLower(rand.Text())
		return tx.Set([]byte("key"), []byte(key))
	})
	if err != nil {
		return "", content.E(op, content.Other, err)
	}
	return key, nil
}

// admit says whether a request may ask, and whether it had the key. It looks at
// nothing that is here, so that a refusal tells nothing.
func (g *Gateway) admit(w http.ResponseWriter, req *http.Request) (keyed bool, err error) {
	h := w.Header()
	if g.hasKey(req) {
		h.Set("Vary", "Accept")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Content-Length, Content-Range, ETag")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		return true, nil
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Accept, Sec-Fetch-Site, Origin, User-Agent")
	if !rest.SameSite(req) || hidesItsSite(req) {
		return false, content.Errorf("gateway.admit", content.Permission,
			"a web page needs the key that stands in the media links of this node's API")
	}
	return false, nil
}

func (g *Gateway) hasKey(req *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(req.URL.Query().Get("k")), []byte(g.Key)) == 1
}

// hidesItsSite reports whether a browser asks that does not say for which page:
// an old one, or any that came over plain HTTP to a name that is not loopback.
// All browsers call themselves Mozilla (RFC 9110, section 10.1.5, and history).
func hidesItsSite(req *http.Request) bool {
	return req.Header.Get("Sec-Fetch-Site") == "" && strings.HasPrefix(req.UserAgent(), "Mozilla/")
}

// Requests that are answered at a time, each with about a block in memory: those
// with the key, which are the owner's, and those of strangers, who must not be
// able to keep the owner waiting.
const (
	maxOwner  = 64
	maxOthers = 16
	// maxWait is how long a request waits for its turn.
	maxWait = 10 * time.Second
)

// slots bounds how many requests are answered at a time.
type slots chan struct{}

func (g *Gateway) slotsOf(keyed bool) slots {
	if keyed {
		return g.owner
	}
	return g.others
}

// take waits for a turn. Kind Unavailable if none came in time.
func (s slots) take(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, content.Errorf("gateway.take", content.Unavailable, "too many requests at once: try again in a moment")
	}
}
