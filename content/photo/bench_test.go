package photo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// large is a 12 MP JPEG: the one named by ROSSGRAM_BENCH_PHOTO, or one that is
// drawn with about as much detail as a photograph has.
func large(tb testing.TB) []byte {
	name := os.Getenv("ROSSGRAM_BENCH_PHOTO")
	if name == "" {
		tb.Log("with a drawn picture; ROSSGRAM_BENCH_PHOTO=FILE names another")
	} else {
		tb.Log("with", name)
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	const w, h = 4032, 3024
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	random := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			m.Y[y*m.YStride+x] = uint8(96 + x*y%4099/64 + random.IntN(14))
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(100+i%(w/2)/60), uint8(160-i/(w/2)/50)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func ingestAll(tb testing.TB, in *Ingester, b []byte) {
	_, err := in.Ingest(context.Background(), bytes.NewReader(b), int64(len(b)), Options{KeepSource: true})
	if err != nil {
		tb.Error(err)
	}
}

func BenchmarkIngest12MP(b *testing.B) {
	data, in := large(b), New()
	b.ReportAllocs()
	for b.Loop() {
		ingestAll(b, in, data)
	}
}

// BenchmarkIngestTwoAtOnce shows by its time beside BenchmarkIngest12MP that two
// photos use two cores.
func BenchmarkIngestTwoAtOnce(b *testing.B) {
	data, in := large(b), New()
	for b.Loop() {
		var g errgroup.Group
		for range 2 {
			g.Go(func() error { ingestAll(b, in, data); return nil })
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAgainstVips reports the processor time of an ingest and that of
// vipsthumbnail (Debian's libvips-tools) making the same three sizes of the same
// file, which takes it a process each, and their ratio. Both are measured in turn
// and as processes of their own, ours this test binary.
func BenchmarkAgainstVips(b *testing.B) {
	vips, err := exec.LookPath("vipsthumbnail")
	if err != nil {
		b.Skip("vipsthumbnail is not installed (Debian: libvips-tools)")
	}
	dir := b.TempDir()
	name := filepath.Join(dir, "large.jpg")
	if err := os.WriteFile(name, large(b), 0o600); err != nil {
		b.Fatal(err)
	}
	var ours, theirs, peak float64
	for b.Loop() {
		c := exec.Command(os.Args[0], "-test.run=^TestIngestOnce$")
		c.Env = append(os.Environ(), "ROSSGRAM_INGEST_ONCE="+name)
		seconds, memory := cost(b, c)
		ours, peak = ours+seconds, max(peak, memory)
		for _, w := range widths {
			size := strconv.Itoa(w) + "x"
			seconds, _ := cost(b, exec.Command(vips, name, "-s", size, "-o", filepath.Join(dir, "v_"+size+".jpg[Q=86]")))
			theirs += seconds
		}
	}
	b.ReportMetric(1000*ours/float64(b.N), "ms-cpu/ours")
	b.ReportMetric(1000*theirs/float64(b.N), "ms-cpu/vips")
	b.ReportMetric(ours/theirs, "ours/vips")
	b.ReportMetric(peak, "MB-peak/ours")
}

// TestIngestOnce is the process that BenchmarkAgainstVips measures.
func TestIngestOnce(t *testing.T) {
	name := os.Getenv("ROSSGRAM_INGEST_ONCE")
	if name == "" {
		t.Skip("for BenchmarkAgainstVips")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New().Ingest(t.Context(), f, info.Size(), Options{KeepSource: true}); err != nil {
		t.Fatal(err)
	}
	status, _ := os.ReadFile("/proc/self/status") // Linux has it
	fmt.Printf("%s\n", status)
}

// cost runs a command, and returns its processor time in seconds and its largest
// resident memory in MB, which is 0 if it does not print it.
func cost(b *testing.B, c *exec.Cmd) (seconds, megabytes float64) {
	out, err := c.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	if _, peak, ok := strings.Cut(string(out), "VmHWM:"); ok {
		kilobytes, _ := strconv.ParseFloat(strings.Fields(peak)[0], 64)
		megabytes = kilobytes / 1024
	}
	return (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), megabytes
}
