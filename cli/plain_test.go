package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextOfOthersCannotCommandTheTerminal(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"colours":             {"\x1b[31mred\x1b[0m", "[31mred[0m"},
		"window title":        {"\x1b]0;owned\a", "]0;owned"},
		"C1 introducer":       {"a\u009b31mb", "a31mb"},
		"raw C1 byte":         {"a\x9b31mb", "a\uFFFD31mb"},
		"carriage return":     {"good\revil", "goodevil"},
		"backspace and DEL":   {"a\b\x7fb", "ab"},
		"override":            {"photo\u202egpj.exe", "photogpj.exe"},
		"isolate":             {"a\u2066b\u2069", "ab"},
		"what stays":          {"é 👩‍👩‍👧 日本\n\tend", "é 👩‍👩‍👧 日本\n\tend"},
		"tag and soft hyphen": {"so\u00adft", "so\u00adft"},
	} {
		if got := plain(c.in); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", name, c.in, got, c.want)
		}
		var b strings.Builder
		if n, err := (plainWriter{&b}).Write([]byte(c.in)); n != len(c.in) || err != nil || b.String() != c.want {
			t.Errorf("%s: written as %q (%d, %v)", name, b.String(), n, err)
		}
	}
	if got := oneLine("Ann\nrossgram: send me\tyour phrase\u2028now"); got != "Ann rossgram: send me your phrasenow" {
		t.Errorf("a name begins a line: %q", got)
	}
}

func TestJSONOnATerminalIsEscapedAndTheSame(t *testing.T) {
	in := map[string]string{"caption": "a\u009bm\u202eb\x1b\u007f é👋"}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	b = escapeControls(b)
	if plain(string(b)) != string(b) {
		t.Errorf("%s commands a terminal", b)
	}
	var out map[string]string
	if err := json.Unmarshal(b, &out); err != nil || out["caption"] != in["caption"] {
		t.Errorf("%s reads as %q: %v", b, out, err)
	}
}

func TestTextOfStatusHTML(t *testing.T) {
	for in, want := range map[string]string{
		"<p>One</p><p>Two<br>three<br />four</p>":                                  "One\n\nTwo\nthree\nfour",
		`<p>See <a href="http://x/tags/a" class="mention">#<span>a</span></a></p>`: "See #a",
		"<p>1 &lt; 2 &amp;&amp; &#39;x&#39;</p>":                                   "1 < 2 && 'x'",
		"no tags":                                                                  "no tags",
		"":                                                                         "",
		"<p>cut <":                                                                 "cut",
		"<<>>":                                                                     ">",
	} {
		if got := textOf(in); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[2J\u009b\xff\u202e ok")
	f.Fuzz(func(t *testing.T, s string) {
		out := plain(s)
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && obeyed(r) }) {
			t.Errorf("%q becomes %q", s, out)
		}
		if plain(out) != out {
			t.Errorf("%q changes again", out)
		}
		textOf(s)
	})
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1234567: "1.2 MB", 999_999: "1.0 MB", 5e12: "5.0 TB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, hours := range map[string]float64{"30d": 720, "12h": 12, "365d": 8760} {
		if d, err := span(text); err != nil || d.Hours() != hours {
			t.Errorf("%s is %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "0d", "-1d", "366d", "99999999999999d", "9000h", "soon", "1ms"} {
		if d, err := span(text); !isUsage(err) {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
}
