package follow_test

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkPostToConnectedReader measures from the author's Apply to where the
// reader's index would hear of the post, and to where its photos are there.
func BenchmarkPostToConnectedReader(b *testing.B) {
	author, reader, _ := pair(b)
	listening(b, author, 1)
	var records, photos []time.Duration
	for b.Loop() {
		p, op := author.write("a post")
		began := time.Now()
		author.apply(op)
		records = append(records, (<-reader.heard).Sub(began))
		eventually(b, "the photos", func() bool { return reader.shows(author, p) })
		photos = append(photos, time.Since(began))
	}
	for name, list := range map[string][]time.Duration{"record": records, "photos": photos} {
		slices.Sort(list)
		b.ReportMetric(float64(list[len(list)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(list[len(list)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
}
