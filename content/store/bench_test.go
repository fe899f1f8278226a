package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// fill publishes posts of a record and four files each, without the bytes of
// the files: 5 pins a post.
func fill(t testing.TB, s *store.Store, posts int) {
	t.Helper()
	const each = 500
	for from := 0; from < posts; from += each {
		p := store.Publication{
			Account: account(1), Version: content.Version{Epoch: 1, Rev: content.TID(from + 1)}, Head: headBytes(content.TID(from)),
		}
		for i := from; i < from+each; i++ {
			ref := path(content.TID(i + 1).String())
			record := raw(uint64(i), 400)
			p.Blocks = append(p.Blocks, record)
			p.Pin = append(p.Pin, store.Pin{CID: record.CID, Referrer: ref})
			for f := range 4 {
				p.Pin = append(p.Pin, store.Pin{CID: content.Sum(content.Raw, fmt.Appendf(nil, "%d %d", i, f)), Referrer: ref})
			}
		}
		check(t, s.Publish(t.Context(), p))
	}
}

// BenchmarkOpen opens a home of 20,000 posts (100,000 pins) and 200 MiB of
// photos.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir)
	fill(b, s, 20_000)
	for i := range 200 {
		check(b, s.Put(b.Context(), raw(uint64(1<<40+i), content.MaxBlockSize)))
	}
	crashed := filepath.Join(b.TempDir(), "crashed")
	copyHome(b, dir, crashed) // as kill -9 leaves it
	check(b, s.Close())
	for _, c := range []struct{ name, dir string }{{"clean", dir}, {"after-kill", crashed}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				home := filepath.Join(b.TempDir(), "home")
				copyHome(b, c.dir, home)
				b.StartTimer()
				s := open(b, home)
				b.StopTimer()
				check(b, s.Close())
				b.StartTimer()
			}
		})
	}
}

// copyHome leaves the holes in badger's files as they are, and has nothing left
// to be written by those who sync afterwards.
func copyHome(b *testing.B, from, to string) {
	if out, err := exec.Command("cp", "-a", "--sparse=always", from, to).CombinedOutput(); err != nil {
		b.Skipf("cp: %v %s", err, out)
	}
	unix.Sync()
}

// residentBytes is what of this process is in memory.
func residentBytes() (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// BenchmarkIngest writes 500 MiB in batches as a pull brings them and syncs once, and
// reports the ratio to appending the same bytes to a file: of the largest blocks that
// are in badger's log, the smallest that are files, and the largest.
func BenchmarkIngest(b *testing.B) {
	const total, batch = 500 << 20, 4 << 20
	for _, size := range []int{256<<10 - 1, 256 << 10, content.MaxBlockSize} {
		b.Run(fmt.Sprintf("block=%d", size), func(b *testing.B) {
			list := make([]content.Block, total/size)
			for i := range list {
				list[i] = raw(uint64(i), size)
			}
			b.SetBytes(total)
			var file, ours time.Duration
			for b.Loop() {
				b.StopTimer()
				file += appendFile(b, list)
				s := open(b, b.TempDir())
				b.StartTimer()
				start := time.Now()
				for some := range slices.Chunk(list, batch/size) {
					check(b, s.PutVerified(b.Context(), some...))
				}
				check(b, s.Sync(b.Context()))
				ours += time.Since(start)
				b.StopTimer()
				check(b, s.Close())
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*float64(total)/(1<<20)/file.Seconds(), "append-MiB/s")
			b.ReportMetric(ours.Seconds()/file.Seconds(), "times-append")
		})
	}
}

func appendFile(b *testing.B, list []content.Block) time.Duration {
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	check(b, err)
	defer f.Close()
	start := time.Now()
	for _, blk := range list {
		_, err := f.Write(blk.Data)
		check(b, err)
	}
	check(b, f.Sync())
	return time.Since(start)
}

// BenchmarkGet reads 1 MiB blocks with their digest checked, and as peers are
// given them.
func BenchmarkGet(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	blk := raw(1, content.MaxBlockSize)
	check(b, s.Publish(b.Context(), publication(account(1), 1, path("a"), blk)))
	ctx := context.Background()
	b.Run("Get", func(b *testing.B) {
		b.SetBytes(content.MaxBlockSize)
		for b.Loop() {
			_, err := s.Get(ctx, blk.CID)
			check(b, err)
		}
	})
	b.Run("Published", func(b *testing.B) {
		b.SetBytes(content.MaxBlockSize)
		for b.Loop() {
			_, err := s.Published().Get(ctx, blk.CID)
			check(b, err)
		}
	})
	b.Run("PublishedHas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := s.Published().Has(ctx, blk.CID)
			check(b, err)
		}
	})
}

// BenchmarkPublish publishes posts of a record, three tree nodes and a commit.
func BenchmarkPublish(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	for n := 0; b.Loop(); n++ {
		var list []content.Block
		for i := range 5 {
			list = append(list, raw(uint64(n*5+i), 800))
		}
		check(b, s.Publish(b.Context(), publication(account(1), content.TID(n+1), path(content.TID(n+1).String()), list...)))
	}
}
