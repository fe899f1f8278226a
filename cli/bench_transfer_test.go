package cli

import (
	"crypto/rand"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/cli/client"
	"rossgram.app/p2p"
)

// What is moved: photos as cameras make them, with their renditions, 500 MB in all.
const (
	transferPosts = 150
	transferBytes = 500e6
)

// BenchmarkTransfer measures how long a daemon takes to fetch 500 MB of photos, in
// 150 posts, of an account it begins to follow, until all is on its disk. As many
// bytes go over a bare stream of two libp2p hosts of this process, which is what the
// network could carry: of-bare is the part of its rate that ours reaches. Then they go
// over such a stream into one file, which is synced at its end: what the network and
// the disk could do together, of-filed. If
// ROSSGRAM_KUBO names Kubo's program, two of its daemons then move the same files
// (make bench-kubo builds it), and the ratio of the two times is reported: over 1,
// Kubo takes longer.
func BenchmarkTransfer(b *testing.B) {
	dir := b.TempDir()
	anna := perform(b, filepath.Join(dir, "anna"))
	files := filepath.Join(dir, "files")
	total := postLarge(b, anna, files)
	var ours, bare, filed, theirs time.Duration
	rounds := 0
	for b.Loop() {
		took := fetchOurs(b, anna, filepath.Join(dir, "ben-"+strconv.Itoa(rounds)))
		b.Logf("%d MB in %v", total/1e6, took)
		ours += took
		bare += bareStream(b, total, discard)
		filed += bareStream(b, total, intoFile(filepath.Join(dir, "filed")))
		if kubo := os.Getenv("ROSSGRAM_KUBO"); kubo != "" {
			theirs += fetchKubo(b, kubo, files, filepath.Join(dir, "kubo-"+strconv.Itoa(rounds)))
		}
		rounds++
	}
	rate := func(d time.Duration) float64 { return float64(total) * float64(rounds) / 1e6 / d.Seconds() }
	b.ReportMetric(rate(ours), "MB/s")
	b.ReportMetric(rate(bare), "bare-MB/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
	b.ReportMetric(rate(filed), "filed-MB/s")
	b.ReportMetric(filed.Seconds()/ours.Seconds(), "of-filed")
	if theirs > 0 {
		b.ReportMetric(rate(theirs), "kubo-MB/s")
		b.ReportMetric(theirs.Seconds()/ours.Seconds(), "kubo-time/ours")
	}
}

func discard(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }

// intoFile returns what writes a stream to a new file and syncs it.
func intoFile(path string) func(io.Reader) (int64, error) {
	return func(r io.Reader) (n int64, err error) {
		f, err := os.Create(path)
		if err != nil {
			return 0, err
		}
		n, err = io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, 1<<20))
		return n, errors.Join(err, f.Sync(), f.Close(), os.Remove(path))
	}
}

// bareStream moves bytes over a stream between two hosts on loopback; sink is all
// that is done with them.
func bareStream(b *testing.B, size int64, sink func(io.Reader) (int64, error)) time.Duration {
	b.Helper()
	from, to := bareHost(b), bareHost(b)
	if err := from.Connect(b.Context(), peer.AddrInfo{ID: to.ID(), Addrs: to.Libp2p().Addrs()}); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	to.Libp2p().SetStreamHandler("/bare/1", func(s network.Stream) {
		n, err := sink(s)
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		done <- err
		s.Close()
	})
	begun := time.Now()
	s, err := from.Libp2p().NewStream(b.Context(), to.ID(), "/bare/1")
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	for left := size; left > 0; left -= int64(len(chunk)) {
		chunk = chunk[:min(left, int64(len(chunk)))]
		if _, err := s.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.CloseWrite(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

func bareHost(b *testing.B) *p2p.Host {
	b.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	h, err := p2p.New(b.Context(), p2p.Config{Key: key, Listen: p2p.ListenOn(netip.MustParseAddrPort("127.0.0.1:0"))})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { h.Close() })
	if err := h.Listen(); err != nil {
		b.Fatal(err)
	}
	return h
}

// postLarge posts photos of some 3 MB, saves every file of theirs to a folder, and
// returns how many bytes they are.
func postLarge(b *testing.B, p *performer, folder string) (total int64) {
	b.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range transferPosts {
		status := p.post(b, grain(4352, 2904, uint64(i)), "photo "+strconv.Itoa(i))
		photo := status.Attachments[0].Rossgram
		for _, f := range append(photo.Renditions, *photo.Source) {
			total += p.save(b, f, folder)
		}
	}
	if total < transferBytes*9/10 || total > transferBytes*11/10 {
		b.Fatalf("%d bytes are not about what is to be moved", total)
	}
	return total
}

func (p *performer) save(b *testing.B, f client.File, folder string) int64 {
	b.Helper()
	body, _, err := p.cl.Photo(b.Context(), f.CID, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	defer body.Close()
	out, err := os.Create(filepath.Join(folder, f.CID))
	if err != nil {
		b.Fatal(err)
	}
	n, err := io.Copy(out, body)
	if closeErr := out.Close(); err != nil || closeErr != nil {
		b.Fatal(err, closeErr)
	}
	return n
}

// fetchOurs has a new daemon follow, full-size photos too, until all is there.
func fetchOurs(b *testing.B, from *performer, home string) time.Duration {
	b.Helper()
	program, err := exec.LookPath("rossgram")
	if err != nil {
		b.Fatal(err)
	}
	runProgram(b, nil, program, "--home", home, "init", "--name", "ben")
	runProgram(b, nil, program, "--home", home, "config", "set", "follow.sources", "true")
	ben := perform(b, home)
	begun := time.Now()
	ben.follow(b, from)
	took := time.Since(begun)
	ben.end(syscall.SIGTERM)
	return took
}
