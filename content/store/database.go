package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/y"

	"rossgram.app/content"
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
	log     *slog.Logger
	writing sync.Mutex

	tree      sync.Mutex // held to reshape the levels
	compactor sync.WaitGroup
	stop      context.CancelFunc // ends the compactor
}

func openDatabase(home string, name databaseName, maxDisk int64, log *slog.Logger) (*database, error) {
	opt := badgerOptions(filepath.Join(home, string(name)), name, maxDisk).WithLogger(badgerLog{log, name})
	err := seal(opt)
	var db *badger.DB
	if err == nil {
		db, err = badger.Open(opt)
	}
	if err != nil {
		return nil, openFailed(name, err)
	}
	if err := checkFormat(db, name, steps[name]); err != nil {
		return nil, joinClose(err, db)
	}
	d := &database{DB: db, name: name, log: log}
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	d.compactor.Go(func() { d.keepCompacted(ctx) })
	return d, nil
}

// openFailed gives the error a kind. Badger does not wrap what its tables report
// when they are opened, so damage is known by its text alone.
func openFailed(name databaseName, err error) error {
	if !strings.Contains(err.Error(), y.ErrChecksumMismatch.Error()) {
		return fail("store.Open", fmt.Errorf("database %s: %w", name, err))
	}
	return content.E("store.Open", content.Corrupt, fmt.Errorf("database %s is damaged on disk: %w", name, err))
}

// openIndex opens the index, and begins an empty one in place of one that is
// damaged: all of it can be derived again.
func openIndex(home string, maxDisk int64, log *slog.Logger) (*database, error) {
	db, err := openDatabase(home, indexDB, maxDisk, log)
	if content.KindOf(err) != content.Corrupt {
		return db, err
	}
	log.Warn("the index is damaged and is made anew", "error", err)
	if err := os.RemoveAll(filepath.Join(home, string(indexDB))); err != nil {
		return nil, content.E("store.Open", content.Other, err)
	}
	return openDatabase(home, indexDB, maxDisk, log)
}

// The sizes keep three idle databases small: nothing is compressed (photos do
// not compress, the rest is small), so there is no block cache to fill, and
// tables are read through the page cache. Memory tables, which are memory once
// they were filled, are as small as transactions allow: that of blocks holds keys
// only. All but the tiniest blocks are in the
// value log, and large ones in files of their own: the LSM tree holds keys, so that a lookup and a collection touch
// few pages, and each block has a checksum of its own. (A page of the LSM tree
// that is damaged hides its keys, without an error; state and index, where that
// would be worse, have all their pages checked when they open.) Space comes back a log file
// at a time, and after a crash the last one is read whole: they are of 128 MiB, and
// smaller where there is a limit that these would be too coarse for.
func badgerOptions(dir string, name databaseName, maxDisk int64) badger.Options {
	opt := badger.DefaultOptions(dir).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		WithNumMemtables(2).
		WithNumCompactors(0). // see compact.go
		WithMemTableSize(4 << 20)
	switch name {
	case blocksDB:
		return opt.WithMemTableSize(1 << 20).WithValueLogFileSize(logFileSize(maxDisk)).WithValueThreshold(16)
	case stateDB:
		return opt.WithSyncWrites(true).WithChecksumVerificationMode(options.OnTableRead).
			WithValueLogFileSize(16 << 20).WithValueThreshold(64 << 10)
	default:
		return opt.WithChecksumVerificationMode(options.OnTableRead).WithValueLogFileSize(16 << 20).WithValueThreshold(64 << 10)
	}
}

// logFileSize is the size of a value log file of blocks.
func logFileSize(maxDisk int64) int64 {
	const largest = 128 << 20
	if maxDisk == 0 {
		return largest
	}
	return min(max(maxDisk/64, 2<<20), largest)
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

func (d *database) close() error {
	d.stop()
	d.compactor.Wait()
	opt := d.Opts()
	err := d.Close()
	if err == nil {
		err = seal(opt)
	}
	if err != nil {
		return fmt.Errorf("closing %s: %w", d.name, err)
	}
	return nil
}

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
