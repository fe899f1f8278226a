package cli

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/cli/demo"
)

// The benchmarks of whole daemons, each a process of its own on loopback, spoken
// to as programs speak to them. What they print is in milliseconds, megabytes of
// a million bytes, and per cent of one core.

// performer is a daemon that is measured.
type performer struct {
	*process
	home string
	cl   *client.Client
}

// perform starts a daemon in a home, which is new if it is not there.
func perform(b *testing.B, home string, flags ...string) *performer {
	b.Helper()
	program, err := exec.LookPath("rossgram") // see TestMain
	if err != nil {
		b.Fatal(err)
	}
	return performProgram(b, program, home, flags...)
}

func performProgram(b *testing.B, program, home string, flags ...string) *performer {
	b.Helper()
	p, err := startDaemon(program, home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, flags...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.end(syscall.SIGTERM) })
	cl, err := homeClient(home)
	if err != nil {
		b.Fatal(err)
	}
	return &performer{p, home, cl}
}

// follow makes p follow another and waits until all is there.
func (p *performer) follow(b *testing.B, other *performer) {
	b.Helper()
	invite, err := other.cl.Invite(b.Context(), time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	f, err := p.cl.Follow(b.Context(), invite.Invite)
	if err != nil {
		b.Fatal(err)
	}
	eventually(b, func() (bool, error) {
		f, err = p.cl.FollowOf(b.Context(), f.DID)
		return f.Phase == client.Current && f.Files.Done == f.Files.Total, err
	})
}

// post posts a photo.
func (p *performer) post(b *testing.B, photo []byte, caption string) client.Status {
	b.Helper()
	media, err := p.cl.Upload(b.Context(), client.Upload{Name: "photo", File: bytes.NewReader(photo)})
	if err != nil {
		b.Fatal(err)
	}
	status, err := p.cl.Post(b.Context(), client.Draft{Caption: caption, Media: []string{media.ID}, Key: rand.Text()})
	if err != nil {
		b.Fatal(err)
	}
	return status
}

// eventually polls often: what is measured with it is exact to a millisecond.
func eventually(b *testing.B, done func() (bool, error)) {
	b.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(500 * time.Microsecond) {
		ok, err := done()
		if err != nil {
			b.Fatal(err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			b.Fatal("it does not come to an end")
		}
	}
}

// percentiles reports a distribution in milliseconds.
func percentiles(b *testing.B, name string, times []time.Duration) {
	slices.Sort(times)
	for _, p := range []int{50, 99} {
		at := times[min(len(times)*p/100, len(times)-1)]
		b.ReportMetric(float64(at)/1e6, name+"-p"+strconv.Itoa(p)+"-ms")
	}
}

// BenchmarkPostToFollower posts 200 real photographs and measures how long after
// the API's answer a connected follower has each in its home timeline, and how
// long until the 1080 rendition can be read there.
func BenchmarkPostToFollower(b *testing.B) {
	const posts = 200
	dir := b.TempDir()
	anna, ben := perform(b, filepath.Join(dir, "anna")), perform(b, filepath.Join(dir, "ben"))
	ben.follow(b, anna)
	var photos [][]byte
	for _, p := range demo.Photos() {
		photo, err := p.Read()
		if err != nil {
			b.Fatal(err)
		}
		photos = append(photos, photo)
	}
	var records, files []time.Duration
	for b.Loop() {
		records, files = nil, nil
		for i := range posts {
			status := anna.post(b, photos[i%len(photos)], "post "+strconv.Itoa(i))
			begun := time.Now()
			eventually(b, func() (bool, error) {
				home, err := ben.cl.Home(b.Context(), "", 1)
				return len(home) == 1 && home[0].Rossgram.URI == status.Rossgram.URI, err
			})
			records = append(records, time.Since(begun))
			ben.read(b, status)
			files = append(files, time.Since(begun))
		}
	}
	percentiles(b, "records", records)
	percentiles(b, "photo", files)
}

// read reads the widest rendition of a post's photo.
func (p *performer) read(b *testing.B, status client.Status) {
	b.Helper()
	renditions := status.Attachments[0].Rossgram.Renditions
	body, _, err := p.cl.Photo(b.Context(), renditions[len(renditions)-1].CID, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	defer body.Close()
	if n, err := new(bytes.Buffer).ReadFrom(body); err != nil || n == 0 {
		b.Fatalf("%d bytes, %v", n, err)
	}
}

// BenchmarkStart measures from the start of the process to its ready line, in a
// home with 10,000 posts.
func BenchmarkStart(b *testing.B) {
	home := filepath.Join(b.TempDir(), "anna")
	fillHome(b, home, 10_000)
	perform(b, home).end(syscall.SIGTERM) // the first start makes the index
	for b.Loop() {
		p := perform(b, home)
		b.StopTimer()
		p.end(syscall.SIGTERM)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ready-ms")
}
