package cli

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// BenchmarkIdle measures a daemon with 100 follows, of which 10 are connected,
// while nothing happens.
func BenchmarkIdle(b *testing.B) {
	const connected, all, settle, watch = 10, 100, 150 * time.Second, 30 * time.Second
	dir := b.TempDir()
	anna := perform(b, filepath.Join(dir, "anna"))
	for i := range connected {
		other := perform(b, filepath.Join(dir, "other-"+strconv.Itoa(i)))
		other.post(b, draw(hueOf(i)), "hello")
		anna.follow(b, other)
	}
	for range all - connected {
		if _, err := anna.cl.Follow(b.Context(), strangerDID(b)); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(settle)
	for b.Loop() {
		before := cpuTime(b, anna.cmd.Process.Pid)
		time.Sleep(watch)
		used := cpuTime(b, anna.cmd.Process.Pid) - before
		b.ReportMetric(100*used.Seconds()/watch.Seconds(), "%core")
		b.ReportMetric(float64(resident(b, anna.cmd.Process.Pid))/1e6, "resident-MB")
	}
}

// cpuTime returns what a process has used (proc(5), stat, fields 14 and 15, in
// ticks of 10 ms).
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat := procFile(b, pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident returns the memory a process has (proc(5), status, VmRSS).
func resident(b *testing.B, pid int) int64 {
	b.Helper()
	_, after, _ := strings.Cut(procFile(b, pid, "status"), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb << 10
}

func procFile(b *testing.B, pid int, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
	if os.IsNotExist(err) {
		b.Skip("this system has no /proc to read")
	}
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}
