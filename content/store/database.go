package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// databaseName is the name of a database and of its folder in the home.
type databaseName string

const (
	blocksDB databaseName = "blocks"
	stateDB  databaseName = "state"
	indexDB  databaseName = "index"
)

// database is one badger database with one writer at a time. That makes
// conflicts between transactions impossible, and lets upkeep keep writers out.
type database struct {
	*badger.DB
	name    databaseName
	writing sync.Mutex
}

func openDatabase(home string, name databaseName, log *slog.Logger) (*database, error) {
	opt := badgerOptions(filepath.Join(home, string(name)), name).WithLogger(badgerLog{log, name})
	db, err := badger.Open(opt)
	if err != nil {
		return nil, fail("store.Open", fmt.Errorf("database %s: %w", name, err))
	}
	if err := checkFormat(db, name, nil); err != nil {
		return nil, joinClose(err, db)
	}
	return &database{DB: db, name: name}, nil
}

// The sizes keep three idle databases small: nothing is compressed (photos do
// not compress, the rest is small), so there is no block cache to fill, and
// tables are read through the page cache. Values from 1 KiB on leave the LSM
// tree of blocks, which then holds little but keys, so that a lookup and a
// collection touch few pages. Log files are of 64 MiB: opening reads the last
// one whole, and space comes back a file at a time.
func badgerOptions(dir string, name databaseName) badger.Options {
	opt := badger.DefaultOptions(dir).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithMemTableSize(8 << 20)
	switch name {
	case blocksDB:
		return opt.WithValueLogFileSize(64 << 20).WithValueThreshold(1 << 10)
	case stateDB:
		return opt.WithSyncWrites(true).WithValueLogFileSize(16 << 20).WithValueThreshold(64 << 10)
	default:
		return opt.WithValueLogFileSize(16 << 20).WithValueThreshold(64 << 10)
	}
}

// update runs f in a transaction of its own and commits it. There is no other
// writer meanwhile.
func (d *database) update(ctx context.Context, f func(*badger.Txn) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.Update(f)
}

func (d *database) close() error { return errClosing(string(d.name), d.Close()) }

// badgerLog passes badger's log lines on; what it says of its routine is for
// debugging.
type badgerLog struct {
	log  *slog.Logger
	name databaseName
}

func (l badgerLog) say(level slog.Level, format string, args []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, fmt.Sprintf(format, args...), "database", string(l.name))
	}
}

func (l badgerLog) Errorf(f string, a ...any)   { l.say(slog.LevelError, f, a) }
func (l badgerLog) Warningf(f string, a ...any) { l.say(slog.LevelWarn, f, a) }
func (l badgerLog) Infof(f string, a ...any)    { l.say(slog.LevelDebug, f, a) }
func (l badgerLog) Debugf(f string, a ...any)   { l.say(slog.LevelDebug, f, a) }
