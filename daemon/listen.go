package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"rossgram.app/content"
)

// The limits of the API's connections.
const (
	maxConnections = 512
	maxHeaderBytes = 32 << 10
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	// stopTimeout is how long answers may take to end when the daemon stops.
	stopTimeout = 2 * time.Second
)

// listenAPI opens the API's port.
func listenAPI(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%s is in use, perhaps by another rossgram: end that program, or choose another address with --api-listen or api.listen in config.toml", address)
	}
	if err != nil {
		return nil, content.E("daemon.Open", content.Unavailable, err)
	}
	return netutil.LimitListener(l, maxConnections), nil
}

// newServer returns the API's server. Bodies and answers are paced by the routes.
func newServer(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
}

// shutdown lets answers end, for a while.
func shutdown(s *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		return s.Close()
	}
	return nil
}
