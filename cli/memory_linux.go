package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmapProgram takes the pages of the program's code and constants out of this
// process. They stay in the system's cache; those that are used come back at once,
// without reading the disk. Starting touches nearly all of them, some 35 MB, and
// nothing else would let go of them while the machine has memory to spare.
func unmapProgram() {
	program, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return // a system that hides it: nothing is lost
	}
	defer maps.Close()
	var at mapping
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		if m, ok := parseMapping(line); ok {
			at = m
		} else if strings.HasPrefix(line, "Anonymous:") && strings.TrimSpace(line[len("Anonymous:"):]) == "0 kB" && at.constant(program) {
			at.unmap()
		}
	}
}

// mapping is a range of memory (proc(5), maps).
type mapping struct {
	from, to    uintptr
	permissions string
	path        string
}

func parseMapping(line string) (m mapping, ok bool) {
	var offset, device, inode string
	n, _ := fmt.Sscanf(line, "%x-%x %s %s %s %s %s", &m.from, &m.to, &m.permissions, &offset, &device, &inode, &m.path)
	return m, n >= 6
}

// constant reports whether the range is of the program and can't be written.
// Pages of such a range that are not as in the file are anonymous: it is to be
// left alone if it has any.
func (m mapping) constant(program string) bool {
	return m.path == program && len(m.permissions) == 4 && m.permissions[1] == '-'
}

// unmap forgets the pages of a range. The range stays.
func (m mapping) unmap() {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED) // if it fails, they stay
}
