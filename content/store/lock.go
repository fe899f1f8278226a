package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rossgram.app/content"
)

// lockFile is what an open home is locked by.
const lockFile = "LOCK"

// lockHome takes the lock of a home, which the kernel releases when the process
// ends in whatever way, and writes the process's id into it for people.
func lockHome(path string) (*os.File, error) {
	const op = "store.lockHome"
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	err = takeLock(f)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(inUse(f), f.Close())
	}
	if err == nil {
		err = writePID(f)
	}
	if err != nil {
		return nil, errors.Join(content.E(op, content.Other, err), f.Close())
	}
	return f, nil
}

// takeLock tries for a moment: [InUse] may be looking.
func takeLock(f *os.File) error {
	const tries, pause = 10, 20 * time.Millisecond
	for i := 1; ; i++ {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || i == tries {
			return err
		}
		time.Sleep(pause)
	}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	if errors.Is(err, unix.ENOSPC) {
		return nil // the lock holds without it
	}
	return err
}

func inUse(f *os.File) error {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		pid = "unknown"
	}
	return content.Errorf("store.Open", content.Conflict,
		fmt.Sprintf("this home is in use by another process (pid %s): stop it first, or choose another home", pid))
}
