//go:build !linux

package rossgram

import "runtime/metrics"

// residentBytes returns the memory that Go has from the system and has not given
// back.
func residentBytes() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}
