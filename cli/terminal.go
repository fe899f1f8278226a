package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// isTerminal reports whether a reader or writer is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns returns the width of the terminal behind w, 80 if it is none.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}

// asks reports whether a person sits at both ends.
func (s *session) asks() bool { return isTerminal(s.in) && isTerminal(s.c.App.ErrWriter) }

// ask puts a question on stderr and returns the answer's line, or what is
// usual if it is empty. It ends with the context.
func (s *session) ask(ctx context.Context, question, usual string) (string, error) {
	fmt.Fprint(s.err, question)
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1) // the reader of a terminal cannot be interrupted: it ends with the process
	go func() {
		line, err := bufio.NewReader(s.in).ReadString('\n')
		got <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-got:
		if line := strings.TrimSpace(a.line); line != "" {
			return line, nil
		}
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return "", a.err
		}
		return usual, nil
	}
}
