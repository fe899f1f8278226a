package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"rossgram.app/content"
)

// A block of largeFrom bytes or more is a file of its own, named by its digest in
// hexadecimal, and the database holds its [entry] in place of its bytes. Badger
// writes its log through a memory map, where every page costs a fault: storing the
// same bytes takes about twice as long (BenchmarkIngest), and of photos nearly all are
// in such blocks. Their room is back on the disk when they are deleted, too.
//
// A file is there before its entry and goes after it. What a crash leaves is a file
// that no entry names, which the first collection removes, or an entry of which the
// file is gone or short: that counts as not held.
const largeFrom = 256 << 10

const largeDir = "large"

// inFile marks a block in the byte that badger keeps with a key, beside the codec,
// of which there are none so high.
const inFile = 0x80

// entry is what the database holds of a block in a file: 4 bytes each, big-endian.
type entry struct {
	size uint32
	crc  uint32 // CRC-32C (RFC 9260, appendix A), as badger's own values have
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func entryOf(data []byte) entry {
	return entry{uint32(len(data)), crc32.Checksum(data, castagnoli)} //nolint:gosec // at most content.MaxBlockSize
}

func (e entry) encode() []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, e.size), e.crc)
}

func decodeEntry(v []byte) (entry, error) {
	if len(v) != 8 {
		return entry{}, errDamaged
	}
	e := entry{binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])}
	if e.size < largeFrom || e.size > content.MaxBlockSize {
		return entry{}, errDamaged
	}
	return e, nil
}

// largeFiles is the folder of blocks that are files.
type largeFiles struct {
	dir string

	syncing sync.Mutex // held by one sync at a time

	mu       sync.Mutex
	unsynced map[digest]struct{}
	measured bool
	used     int64 // bytes that the files occupy, once they were measured
}

func openLarge(home string) (*largeFiles, error) {
	l := &largeFiles{dir: filepath.Join(home, largeDir), unsynced: make(map[digest]struct{})}
	err := os.Mkdir(l.dir, 0o700)
	if err == nil {
		err = syncFile(home)
	} else if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return l, err
}

func (l *largeFiles) path(d digest) string { return filepath.Join(l.dir, hex.EncodeToString(d[:])) }

// write makes the file of a block.
func (l *largeFiles) write(d digest, data []byte) error {
	f, err := os.CreateTemp(l.dir, temporary+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = l.place(f.Name(), d)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (l *largeFiles) place(name string, d digest) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	path, before := l.path(d), int64(0)
	if l.measured {
		var err error
		if before, err = taken(path); err != nil {
			return err
		}
	}
	if err := os.Rename(name, path); err != nil {
		return err
	}
	l.unsynced[d] = struct{}{}
	if l.measured {
		now, err := taken(path)
		if err != nil {
			return err
		}
		l.used += now - before
	}
	return nil
}

// taken returns the bytes that a file takes; 0 if there is none. That is told by its
// length: a file system that decides late where a file goes says at first that it
// occupies nothing.
func taken(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	const page = 4 << 10
	return (info.Size() + page - 1) / page * page, nil
}

// whole reports whether the file of a block is there with all its bytes.
func (l *largeFiles) whole(d digest, e entry) (bool, error) {
	info, err := os.Stat(l.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() == int64(e.size), err
}

// append appends the bytes of a block. Their checksum has been checked. The error is
// fs.ErrNotExist if there is no file, and of kind Corrupt if it is damaged.
func (l *largeFiles) append(dst []byte, d digest, e entry) ([]byte, error) {
	f, err := os.Open(l.path(d))
	if err != nil {
		return dst, err
	}
	defer f.Close()
	n := len(dst)
	all := slices.Grow(dst, int(e.size))[:n+int(e.size)]
	if _, err := io.ReadFull(f, all[n:]); err != nil { // a disk that can't read it has lost it
		return dst, content.E("store.large", content.Corrupt, err)
	}
	if crc32.Checksum(all[n:], castagnoli) != e.crc {
		return dst, errDamaged
	}
	return all, nil
}

// remove deletes the files of blocks that have no entry any more.
func (l *largeFiles) remove(list []digest) error {
	var errs []error
	for _, d := range list {
		errs = append(errs, l.removeFile(hex.EncodeToString(d[:])))
	}
	return errors.Join(errs...)
}

func (l *largeFiles) removeFile(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := filepath.Join(l.dir, name)
	var before int64
	if _, counts := blockOf(name); counts && l.measured {
		var err error
		if before, err = taken(path); err != nil {
			return err
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.used -= before
	return nil
}

// syncsAtOnce is how many files the disk is asked to finish at a time: a file
// system writes its journal once for all that wait.
const syncsAtOnce = 16

// sync makes the files that were written durable.
func (l *largeFiles) sync() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	list := l.unsynced
	l.unsynced = make(map[digest]struct{})
	l.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	var work errgroup.Group
	work.SetLimit(syncsAtOnce)
	for d := range list {
		work.Go(func() error { return syncFile(l.path(d)) })
	}
	err := work.Wait()
	if err == nil {
		err = syncFile(l.dir)
	}
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		for d := range list {
			l.unsynced[d] = struct{}{}
		}
	}
	return err
}

// usage returns the bytes that the files occupy. It looks at all of them the first
// time, and then keeps count.
func (l *largeFiles) usage() (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.measured {
		return l.used, nil
	}
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return 0, err
	}
	l.used = 0
	for _, e := range entries {
		if _, isBlock := blockOf(e.Name()); !isBlock {
			continue
		}
		n, err := taken(filepath.Join(l.dir, e.Name()))
		if err != nil {
			return 0, err
		}
		l.used += n
	}
	l.measured = true
	return l.used, nil
}

// blockOf returns the block that a file is named by.
func blockOf(name string) (d digest, ok bool) {
	if len(name) != hex.EncodedLen(len(d)) || strings.ToLower(name) != name {
		return d, false
	}
	_, err := hex.Decode(d[:], []byte(name))
	return d, err == nil
}

// temporary is how the names of files begin that are being written.
const temporary = "new-"

// strays returns the names of files that were not finished, and of those that no
// entry is known of. Some may be about to have theirs.
func (l *largeFiles) strays(known func(digest) (bool, error)) ([]string, error) {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		stray, err := isStray(e.Name(), known)
		if err != nil {
			return nil, err
		}
		if stray {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

func isStray(name string, known func(digest) (bool, error)) (bool, error) {
	d, isBlock := blockOf(name)
	if !isBlock {
		return strings.HasPrefix(name, temporary), nil
	}
	here, err := known(d)
	return !here, err
}
