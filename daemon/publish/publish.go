// Package publish is what the owner of an account says: uploads, posts, comments,
// likes, reblogs, the profile, and whom to follow.
//
// It guarantees that what it has acknowledged is durable: a post survives power
// loss once [Publisher.Post] returns, an upload once [Publisher.Upload] does.
// A request that is repeated under its idempotency key, because the answer was
// lost, posts once, also across a crash and when both arrive together. An upload
// that no post takes is kept for a day, shown to nobody but its owner, and leaves
// nothing behind.
//
// It leaves rendering to package photo, the limits of records to package record,
// and committing, pinning and announcing to package replica.
package publish

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/photo"
	"rossgram.app/content/store"
	"rossgram.app/daemon/replica"
)

// Parts is what a [Publisher] works with. All but Known are needed.
type Parts struct {
	Replica *replica.Replica
	Store   *store.Store
	Photos  *photo.Ingester
	Spool   string // a folder for uploads on their way in; made if there is none
	Now     func() time.Time
	// Known resolves mentions, and what stands in no repository that is held. If it
	// is nil, nobody is mentioned.
	Known Known
}

// Publisher speaks for the accounts of this node. Make it with [Open]. It is safe
// for concurrent use, and has nothing to close.
type Publisher struct {
	Parts
	room  *store.KV
	clock *content.TIDClock
	once  keyLocks
	slots chan struct{} // uploads on their way in

	mu        sync.Mutex
	uploading map[content.AccountID]int // that have no media yet
	swept     time.Time
}

// Open returns a Publisher, after removing what an earlier one left half done.
func Open(ctx context.Context, parts Parts) (*Publisher, error) {
	const op = "publish.Open"
	p := &Publisher{
		Parts: parts, room: parts.Store.State().Bucket("publish/"),
		clock: content.NewTIDClock(), slots: make(chan struct{}, maxSpooled),
		uploading: make(map[content.AccountID]int),
	}
	if err := clearSpool(parts.Spool); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := p.sweep(ctx); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return p, nil
}

const spoolPattern = "upload-*"

// clearSpool removes the uploads that a crash interrupted.
func clearSpool(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(dir, spoolPattern))
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// hosted returns an account that may be spoken for here.
func (p *Publisher) hosted(op string, owner content.AccountID) (*replica.Hosted, error) {
	h, err := p.Replica.Writer(owner)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return h, nil
}
