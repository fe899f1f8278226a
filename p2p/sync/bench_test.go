package sync_test

import (
	"context"
	"crypto/rand"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// shelf gives out blocks of a store, published or not.
type shelf struct {
	*archive
	store *store.Store
}

func (s shelf) Block(ctx context.Context, c cid.Cid, b []byte) ([]byte, error) {
	data, err := s.store.Get(ctx, c)
	return append(b, data...), err
}

const benchBlocks = 400 // of 1 MiB

// BenchmarkFiles moves 400 MiB of photos between two stores on disk, which the
// receiving one syncs in the end, and as many bytes over a bare stream of the same
// two hosts. What is reported is the rate, its ratio to the bare stream's, and the
// CPU time of both ends together.
func BenchmarkFiles(b *testing.B) {
	from := openStore(b)
	ask := make([]cid.Cid, benchBlocks)
	for i := range ask {
		data := make([]byte, 1<<20)
		rand.Read(data)
		block := content.NewBlock(content.Raw, data)
		ask[i] = block.CID
		if err := from.Put(b.Context(), block); err != nil {
			b.Fatal(err)
		}
	}
	asking, holding := newNode(b, newArchive(b), psync.Limits{}), newNode(b, shelf{newArchive(b), from}, psync.Limits{})
	p2ptest.Connect(b, asking.Host, holding.Host)
	var files, bare, used time.Duration
	for b.Loop() {
		to := openStore(b)
		cpu := cpuTime(b)
		begun := time.Now()
		if took, err := asking.sync.Files(b.Context(), holding.ID(), ask, verifiedSink{to}); err != nil || took.Blocks != benchBlocks {
			b.Fatalf("%d blocks: %v", took.Blocks, err)
		}
		if err := to.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
		files += time.Since(begun)
		used += cpuTime(b) - cpu
		bare += bareStream(b, asking.Host, holding.Host, benchBlocks<<20)
	}
	mb := float64(b.N) * benchBlocks * (1 << 20) / 1e6
	b.ReportMetric(mb/files.Seconds(), "MB/s")
	b.ReportMetric(mb/bare.Seconds(), "bare-MB/s")
	b.ReportMetric(bare.Seconds()/files.Seconds(), "of-bare")
	b.ReportMetric(used.Seconds()*1e3/mb, "cpu-ms/MB")
}

type verifiedSink struct{ *store.Store }

func (s verifiedSink) Put(ctx context.Context, blocks ...content.Block) error {
	return s.PutVerified(ctx, blocks...)
}

func openStore(b *testing.B) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), b.TempDir(), store.Options{Reserve: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// bareStream moves bytes over a stream that nothing is done with.
func bareStream(b *testing.B, from, to *p2p.Host, size int64) time.Duration {
	b.Helper()
	done := make(chan struct{})
	to.Libp2p().SetStreamHandler("/bare", func(s network.Stream) {
		io.Copy(io.Discard, s)
		s.Close()
		close(done)
	})
	begun := time.Now()
	s, err := from.Libp2p().NewStream(b.Context(), to.ID(), "/bare")
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	for ; size > 0; size -= int64(len(chunk)) {
		if _, err := s.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	s.CloseWrite()
	<-done
	return time.Since(begun)
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
