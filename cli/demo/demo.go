// Package demo is a play in which three people, each with a node of their own on
// this machine, follow each other and post photographs. It runs three daemons of
// the program as it is, on loopback and in a temporary folder, without mDNS and
// without any other network, and speaks to them as apps do.
//
// It guarantees that the daemons and the folder are gone when it returns. The
// photographs are embedded, so that the demo works wherever the program does
// (half a megabyte); who took them and their licences stand in photos/README.md.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Play is a showing of the demo.
type Play struct {
	// Program is the path of the rossgram to run.
	Program string
	// Out is told what happens, line by line.
	Out io.Writer
	// Once ends the play after its last scene; else it waits for the context, so
	// that the pages can be looked at.
	Once bool

	dir  string
	cast []*actor
}

// patience is how long a scene may take on a slow machine.
const patience = time.Minute

// Run shows the play. That its context ended is no error once all was shown.
func (p *Play) Run(ctx context.Context) (err error) {
	if p.dir, err = os.MkdirTemp("", "rossgram-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	for _, scene := range []func(context.Context) error{p.start, p.meet, p.post, p.pages} {
		if err := within(ctx, scene); err != nil {
			return err
		}
	}
	if p.Once {
		return nil
	}
	p.tell("Ctrl-C ends the demo and removes %s.", p.dir)
	<-ctx.Done()
	return nil
}

func within(ctx context.Context, scene func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("a scene of the demo took longer than %v", patience))
	defer cancel()
	err := scene(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (p *Play) tell(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// end stops the daemons and removes what they wrote.
func (p *Play) end() error {
	var errs []error
	for _, a := range p.cast {
		errs = append(errs, a.stop())
	}
	p.tell("Stopped. Nothing is left behind.")
	return errors.Join(append(errs, os.RemoveAll(p.dir))...)
}
