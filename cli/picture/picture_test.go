package picture

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"regexp"
	"strings"
	"testing"
)

// flag is a JPEG, red above blue.
func flag(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{255, 0, 0, 255}
			if y >= height/2 {
				c = color.RGBA{0, 0, 255, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func show(t *testing.T, p Protocol, file []byte, cols, rows int) string {
	t.Helper()
	var b strings.Builder
	if err := Show(&b, p, file, cols, rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHalfBlocksShowBothHalvesAndResetEachLine(t *testing.T) {
	for _, p := range []Protocol{Blocks, Blocks256} {
		out := show(t, p, flag(t, 64, 64), 8, 8)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != 4 {
			t.Fatalf("%s: a square picture of 8 columns takes %d rows, want 4", p, len(lines))
		}
		for _, line := range lines {
			if n := strings.Count(line, "▀"); n != 8 {
				t.Errorf("%s: %d blocks in a line, want 8", p, n)
			}
			if !strings.HasSuffix(line, "\x1b[0m") {
				t.Errorf("%s: a line leaves the colour on", p)
			}
		}
	}
	first := strings.SplitN(show(t, Blocks256, flag(t, 64, 64), 8, 8), "▀", 2)[0]
	if first != "\x1b[38;5;196;48;5;196m" {
		t.Errorf("red in 256 colours is %q", first)
	}
	red := regexp.MustCompile(`^\x1b\[38;2;25\d;\d;\d;48;2;25\d;\d;\dm▀`)
	if out := show(t, Blocks, flag(t, 64, 64), 8, 8); !red.MatchString(out) {
		t.Errorf("red in 24-bit colour begins %q", out[:30])
	}
}

func TestXtermColoursAreTheNearest(t *testing.T) {
	for c, want := range map[color.RGBA]string{
		{0, 0, 0, 255}:       "5;16",
		{255, 255, 255, 255}: "5;231",
		{128, 128, 128, 255}: "5;244",
		{0, 95, 135, 255}:    "5;24",
		{255, 175, 0, 255}:   "5;214",
	} {
		if got := xtermColour(c); got != want {
			t.Errorf("%v is %s, want %s", c, got, want)
		}
	}
}

func TestKittyReceivesAPNGInChunks(t *testing.T) {
	out := show(t, Kitty, flag(t, 640, 480), 80, 40)
	sequence := regexp.MustCompile(`\x1b_G([^;]*);([^\x1b]*)\x1b\\`)
	parts := sequence.FindAllStringSubmatch(out, -1)
	if rest := sequence.ReplaceAllString(out, ""); rest != "\n" {
		t.Errorf("outside the sequences stands %q", rest)
	}
	if len(parts) == 0 || !strings.HasPrefix(parts[0][1], "a=T,f=100,q=2,c=80,r=30,") {
		t.Fatalf("no sequence that shows a PNG on 80 by 30 cells")
	}
	data := ""
	for i, part := range parts {
		if len(part[2]) > kittyChunk {
			t.Errorf("chunk %d has %d bytes", i, len(part[2]))
		}
		if last := strings.HasSuffix(part[1], "m=0"); last != (i == len(parts)-1) {
			t.Errorf("chunk %d of %d says %s", i, len(parts), part[1])
		}
		data += part[2]
	}
	file, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, b, _ := img.At(10, 10).RGBA(); r < 0xf000 || b > 0x0fff {
		t.Error("the upper half is not red")
	}
}

func TestITermReceivesTheFileItself(t *testing.T) {
	file := flag(t, 64, 32)
	out := show(t, ITerm, file, 16, 16)
	head, data, _ := strings.Cut(out, ":")
	if want := "\x1b]1337;File=inline=1;size="; !strings.HasPrefix(head, want) {
		t.Fatalf("it begins with %q", head)
	}
	if !strings.Contains(head, ";width=16;height=4;") {
		t.Errorf("16 columns of a 2:1 picture: %q", head)
	}
	data, ended := strings.CutSuffix(data, "\a\n")
	got, err := base64.StdEncoding.DecodeString(data)
	if !ended || err != nil || !bytes.Equal(got, file) {
		t.Error("the file does not come out whole")
	}
}

// TestSixelsDrawThePicture reads the sixels back into pixels.
func TestSixelsDrawThePicture(t *testing.T) {
	out := show(t, Sixel, flag(t, 64, 64), 4, 4)
	head := "\x1bPq\"1;1;32;32"
	if !strings.HasPrefix(out, head) || !strings.HasSuffix(out, "\x1b\\\n") {
		t.Fatalf("it begins %q and ends %q", out[:20], out[len(out)-4:])
	}
	img := readSixels(t, strings.TrimSuffix(out[len(head):], "\x1b\\\n"))
	for _, p := range []struct{ x, y, r, b int }{{5, 5, 100, 0}, {30, 5, 100, 0}, {5, 30, 0, 100}} {
		if got := img[image.Pt(p.x, p.y)]; got[0] != p.r || got[2] != p.b {
			t.Errorf("pixel %d,%d is %v percent", p.x, p.y, got)
		}
	}
	if len(img) != 32*32 {
		t.Errorf("%d pixels drawn, want %d", len(img), 32*32)
	}
}

func readSixels(t *testing.T, s string) map[image.Point][3]int {
	t.Helper()
	token := regexp.MustCompile(`#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])`)
	colours, img := map[string][3]int{}, map[image.Point][3]int{}
	current, x, y := "", 0, 0
	plot := func(sixel byte, n int) {
		for ; n > 0; n-- {
			for dy := range 6 {
				if (sixel-'?')>>dy&1 == 1 {
					img[image.Pt(x, y+dy)] = colours[current]
				}
			}
			x++
		}
	}
	for _, m := range token.FindAllStringSubmatch(s, -1) {
		switch {
		case m[1] != "":
			colours[m[1]] = [3]int{number(m[2]), number(m[3]), number(m[4])}
		case m[5] != "":
			current = m[5]
		case m[6] != "":
			plot(m[7][0], number(m[6]))
		case m[8] != "":
			plot(m[8][0], 1)
		case m[9] == "$":
			x = 0
		default:
			x, y = 0, y+6
		}
	}
	return img
}

func number(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

func TestShowRefusesWhatIsNoPictureAndWhatIsTooLarge(t *testing.T) {
	large := flag(t, 16, 16)
	at := bytes.Index(large, []byte{0xff, 0xc0}) // SOF0: length, precision, height, width
	copy(large[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for name, file := range map[string][]byte{
		"text": []byte("no picture"), "nothing": nil, "65,535 pixels square": large,
		"cut off": flag(t, 640, 480)[:700],
	} {
		for _, p := range []Protocol{Blocks, Sixel, Kitty} {
			var b strings.Builder
			if err := Show(&b, p, file, 40, 20); err == nil {
				t.Errorf("%s: %s shows it", name, p)
			}
			if b.Len() > 0 {
				t.Errorf("%s: %s leaves %d bytes on the terminal", name, p, b.Len())
			}
		}
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		env  string
		want Protocol
	}{
		{"", None},
		{"TERM=dumb COLORTERM=truecolor", None},
		{"TERM=xterm-kitty", Kitty},
		{"TERM=xterm-256color KITTY_WINDOW_ID=1", Kitty},
		{"TERM=xterm-ghostty", Kitty},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app COLORTERM=truecolor", ITerm},
		{"TERM=xterm-256color LC_TERMINAL=iTerm2", ITerm},
		{"TERM=xterm-256color TERM_PROGRAM=WezTerm", ITerm},
		{"TERM=foot", Sixel},
		{"TERM=xterm-sixel", Sixel},
		{"TERM=xterm-256color COLORTERM=truecolor", Blocks},
		{"TERM=xterm-256color", Blocks256},
		{"TERM=xterm", None},
		{"TERM=xterm-256color COLORTERM=24bit NO_COLOR=1", None},
		{"TERM=xterm-kitty NO_COLOR=1", Kitty},
		{"TERM=tmux-256color KITTY_WINDOW_ID=1", Blocks256},
		{"TERM=xterm-kitty TMUX=/tmp/t,1,0 COLORTERM=truecolor", Blocks},
	} {
		env := map[string]string{}
		for _, pair := range strings.Fields(c.env) {
			k, v, _ := strings.Cut(pair, "=")
			env[k] = v
		}
		if got := Detect(func(k string) string { return env[k] }); got != c.want {
			t.Errorf("%s: %q, want %q", c.env, got, c.want)
		}
	}
}
