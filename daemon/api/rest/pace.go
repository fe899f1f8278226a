package rest

import (
	"io"
	"net/http"
	"time"
)

// pace is how long a caller may take for the next piece of a body, and for taking
// a piece of an answer, before the connection is cut.
const pace = time.Minute

// pacedWriter moves the deadline of a connection with each write.
type pacedWriter struct{ http.ResponseWriter }

// Write writes within the pace.
func (w *pacedWriter) Write(b []byte) (int, error) {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(pace)) // test recorders have none
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// pacedReader moves the deadline of a connection with each read, and takes it
// away at the end: net/http reads on in the background, and would take a deadline
// that passes for the caller's leaving.
type pacedReader struct {
	io.ReadCloser
	control *http.ResponseController
}

func pacedBody(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	return &pacedReader{body, http.NewResponseController(w)}
}

// Read reads within the pace.
func (r *pacedReader) Read(b []byte) (int, error) {
	_ = r.control.SetReadDeadline(time.Now().Add(pace))
	n, err := r.ReadCloser.Read(b)
	if err != nil {
		_ = r.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
