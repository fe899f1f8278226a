package daemon

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p/mailbox"
)

// receiver takes no notices: [mailbox.Receiver].
type receiver struct{}

// Deliver says that nobody is served here.
func (receiver) Deliver(context.Context, peer.ID, mailbox.Notice) (mailbox.Verdict, error) {
	return mailbox.Verdict{State: mailbox.Unknown}, nil
}

// Collect says that nothing is kept here.
func (receiver) Collect(context.Context, content.Certificate, mailbox.Cursor, int) ([]mailbox.Draft, mailbox.Cursor, error) {
	return nil, nil, content.Errorf("daemon.Collect", content.NotFound, "nothing is kept here")
}
