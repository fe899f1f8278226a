package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows how far long work is. It is safe for concurrent use.
type bar struct{ *progressbar.ProgressBar }

// newBar returns a bar of so many bytes, or of unknown length if total is -1,
// on stderr. It is silent where stderr is no terminal or --json is given.
func (s *session) newBar(total int64, what string) bar {
	w := s.c.App.ErrWriter
	if s.json || !isTerminal(w) {
		return bar{progressbar.DefaultBytesSilent(total, what)}
	}
	return bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(oneLine(what)),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(65*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // moved by what is read only: no goroutine
		progressbar.OptionClearOnFinish(),
	)}
}

// end takes the bar off the terminal, so that what is said next has its line.
func (b bar) end() {
	_ = b.Exit()
	_ = b.Clear()
}

// reading returns a reader that moves the bar.
func (b bar) reading(r io.Reader) io.Reader { return io.TeeReader(r, b) }
