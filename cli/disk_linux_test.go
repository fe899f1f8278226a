package cli

import (
	"fmt"
	"syscall"
)

// mountMemory mounts a file system of so many bytes, in memory.
func mountMemory(dir string, size int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size))
}

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
