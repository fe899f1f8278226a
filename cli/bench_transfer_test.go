package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
)

// transferBytes is about how much is moved: photos as cameras make them, with
// their renditions.
const transferBytes = 500e6

// BenchmarkTransfer measures how long a daemon takes to fetch 500 MB of photos
// of an account it begins to follow, until all is on its disk. If ROSSGRAM_KUBO
// names Kubo's program, two of its daemons then move the same files (make
// bench-kubo builds it), and the ratio of the two times is reported: over 1, Kubo
// takes longer.
func BenchmarkTransfer(b *testing.B) {
	dir := b.TempDir()
	anna := perform(b, filepath.Join(dir, "anna"))
	files := filepath.Join(dir, "files")
	total := postLarge(b, anna, files)
	var ours, theirs time.Duration
	rounds := 0
	for b.Loop() {
		took := fetchOurs(b, anna, filepath.Join(dir, "ben-"+strconv.Itoa(rounds)))
		b.Logf("%d MB in %v", total/1e6, took)
		ours += took
		if kubo := os.Getenv("ROSSGRAM_KUBO"); kubo != "" {
			theirs += fetchKubo(b, kubo, files, filepath.Join(dir, "kubo-"+strconv.Itoa(rounds)))
		}
		rounds++
	}
	rate := func(d time.Duration) float64 { return float64(total) * float64(rounds) / 1e6 / d.Seconds() }
	b.ReportMetric(rate(ours), "MB/s")
	if theirs > 0 {
		b.ReportMetric(rate(theirs), "kubo-MB/s")
		b.ReportMetric(theirs.Seconds()/ours.Seconds(), "kubo-time/ours")
	}
}

// postLarge posts photos of 24 MP, some 10 MB each, saves every file of theirs to a folder, and
// returns how many bytes they are.
func postLarge(b *testing.B, p *performer, folder string) (total int64) {
	b.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := 0; total < transferBytes; i++ {
		status := p.post(b, grain(6000, 4000, uint64(i)), "photo "+strconv.Itoa(i))
		photo := status.Attachments[0].Rossgram
		for _, f := range append(photo.Renditions, *photo.Source) {
			total += p.save(b, f, folder)
		}
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
