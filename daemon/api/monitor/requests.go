package monitor

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func newRequests() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rossgram_http_request_duration_seconds",
		Help:    "HTTP requests, by route and status, and how long their answers took. A stream of events counts when it ends.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
	}, []string{"route", "status"})
}

// Measure counts and times what next answers. It goes around the router, and
// leaves requests as they are.
func (m *Monitor) Measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start, answer := time.Now(), &statusWriter{ResponseWriter: w}
		defer func() { // also if an answer is cut, which is a panic
			m.requests.WithLabelValues(route(req), strconv.Itoa(answer.code())).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(answer, req)
	})
}

// route returns the pattern that a request was led by, which [http.ServeMux] puts
// into it; paths are the callers' and would be without number.
func route(req *http.Request) string {
	if req.Pattern == "" || req.Pattern == "/" {
		return "none"
	}
	return req.Pattern
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the final status.
func (w *statusWriter) WriteHeader(code int) {
	if w.status == 0 && code >= http.StatusOK {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write begins an answer of status 200 where no other was named.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// code returns the status; net/http sends 200 for a handler that wrote nothing.
func (w *statusWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
