package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"rossgram.app/content"
)

// room keeps writes from filling the disk. Badger writes into sparse files
// through memory maps; where such a page finds no room on the disk, the kernel
// ends the process with SIGBUS. So there is no waiting for ENOSPC: every write
// asks here first.
//
// Measurements are at most a second old, and what was granted since is subtracted
// from them, also where it has been written by then.
type room struct {
	dir              string
	reserve, maxDisk int64
	headroom         int64 // below maxDisk, which blocks leave to everything else
	now              func() time.Time
	large            func() (int64, error) // bytes of the blocks that are files

	mu         sync.Mutex
	measured   time.Time
	free, used int64
}

const measureEvery = time.Second

// purpose says how deep a write may go into the reserve.
type purpose uint8

const (
	growing   purpose = iota // leaves the reserve alone
	filling                  // blocks: leaves the headroom alone too, so that heads and state find room
	shrinking                // makes room in the end: may use half the reserve, and pass MaxDisk
)

// headroomOf is what of a limit is left to what is not blocks: a log file that is
// being rewritten, memory tables, heads and pins.
func headroomOf(maxDisk int64) int64 {
	return min(max(maxDisk/16, 4<<20, 2*logFileSize(maxDisk)), maxDisk/4)
}

// fits reports whether take would grant n bytes now, and takes none.
func (r *room) fits(n int64, why purpose) bool {
	if r.take(n, why) != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
	r.used -= n
	return true
}

// left returns how many more bytes of blocks find room, newly measured; fewer than
// none if too many are there.
func (r *room) left() (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.measure(); err != nil {
		return 0, content.E("store.room", content.Other, err)
	}
	n := r.free - r.reserve
	if r.maxDisk > 0 {
		n = min(n, r.maxDisk-r.headroom-r.used)
	}
	return n, nil
}

// take claims n bytes of the disk. Kind Quota if there is no room.
func (r *room) take(n int64, why purpose) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := errStale
	if r.now().Sub(r.measured) < measureEvery {
		err = r.claim(n, why)
	}
	if err != nil { // old figures refuse nobody
		if err := r.measure(); err != nil {
			return content.E("store.room", content.Other, err)
		}
		err = r.claim(n, why)
	}
	return err
}

var errStale = errors.New("measured too long ago")

func (r *room) claim(n int64, why purpose) error {
	reserve, limit := r.reserve, r.maxDisk
	switch why {
	case filling:
		limit -= r.headroom
	case shrinking:
		reserve, limit = reserve/2, 0
	}
	if r.free-n < reserve {
		return content.Errorf("store.room", content.Quota, fmt.Sprintf(
			"the disk is full: %s are free, and %s must stay free; make room on the disk that holds %s",
			bytesText(r.free), bytesText(reserve), r.dir))
	}
	if limit > 0 && r.used+n > limit {
		return content.Errorf("store.room", content.Quota, fmt.Sprintf(
			"rossgram may use %s and uses %s: raise the limit in the configuration, or unfollow somebody or delete posts, and then run rossgram gc",
			bytesText(limit), bytesText(r.used)))
	}
	r.free -= n
	r.used += n
	return nil
}

// openable reports whether the databases can be opened without running into the
// end of the disk.
func (r *room) openable() error { return r.take(0, shrinking) }

// forget makes the next claim measure anew.
func (r *room) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.measured = time.Time{}
}

func (r *room) measure() error {
	free, err := diskFree(r.dir)
	if err != nil {
		return err
	}
	var used int64
	if r.maxDisk > 0 {
		for _, name := range []databaseName{blocksDB, stateDB, indexDB} {
			n, err := diskUsed(filepath.Join(r.dir, string(name)))
			if err != nil {
				return err
			}
			used += n
		}
		if r.large != nil {
			n, err := r.large()
			if err != nil {
				return err
			}
			used += n
		}
	}
	r.free, r.used, r.measured = free, used, r.now()
	return nil
}

// diskFree returns how many bytes an ordinary user can still write.
func diskFree(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // its type differs between systems
}

// diskUsed returns the bytes that the files in a folder occupy. Badger's active
// files are sparse, so their lengths would say too much. A file that vanishes
// meanwhile, and a folder that is not there, count for nothing.
func diskUsed(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	var n int64
	for _, e := range entries {
		size, err := occupied(filepath.Join(dir, e.Name()))
		if err != nil {
			return 0, err
		}
		n += size
	}
	return n, nil
}

// occupied returns the bytes that a file takes on disk; 0 if there is none.
func occupied(path string) (int64, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return st.Blocks * 512, err // st_blocks counts 512 bytes whatever the file system's block is
}

func bytesText(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", max(n, 0)>>10)
}
