package rossgram

import (
	"bytes"
	"os"
	"strconv"
)

// residentBytes returns the memory that the process has, by the second number of
// /proc/self/statm, in pages (proc_pid_statm(5)); 0 if it can't be read.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
