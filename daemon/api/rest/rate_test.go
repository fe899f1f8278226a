package rest

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// calls makes n calls from an address and returns how many were admitted, and
// the headers of the last.
func calls(l *limiter, from string, n int) (admitted int, left string) {
	req := httptest.NewRequest("GET", "/", nil)
	req.RemoteAddr = from + ":5"
	for range n {
		w := httptest.NewRecorder()
		if l.admit(w, req, 1) == nil {
			admitted++
		}
		left = w.Header().Get("X-RateLimit-Remaining")
	}
	return admitted, left
}

func TestACallerWithoutATokenIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter()
		if n, left := calls(l, "10.0.0.1", rateCalls+50); n != rateCalls || left != "0" {
			t.Errorf("%d of %d calls at once, %s left", n, rateCalls+50, left)
		}
		if n, left := calls(l, "10.0.0.2", 1); n != 1 || left != strconv.Itoa(rateCalls-1) {
			t.Errorf("another caller: %d, %s left", n, left)
		}
		time.Sleep(ratePeriod / 10)
		if n, _ := calls(l, "10.0.0.1", rateCalls); n != rateCalls/10 {
			t.Errorf("%d calls after a tenth of the time", n)
		}
	})
}

func TestTheMemoryOfCallersIsBounded(t *testing.T) {
	l := newLimiter()
	for i := range 2 * maxCallers {
		calls(l, fmt.Sprintf("10.0.%d.%d", i>>8, i&255), 1)
	}
	if n := len(l.callers); n > maxCallers {
		t.Errorf("%d callers are remembered, at most %d should be", n, maxCallers)
	}
}
