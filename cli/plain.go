package cli

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// plainWriter lets text through and nothing that a terminal would obey. Every
// Write must be whole characters, as those of package fmt are.
type plainWriter struct{ w io.Writer }

func (p plainWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(p.w, plain(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// plain takes out of a text what commands a terminal or changes the order in
// which it is read: control characters (C0 but for line feed and tab, DEL, C1),
// bidirectional overrides and isolates, and what is not UTF-8.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && obeyed(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// obeyed reports whether a terminal may act upon r, or lay text out anew.
func obeyed(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x200e, r == 0x200f, r == 0x061c: // marks
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separators
		return true
	}
	return false
}

// oneLine is [plain] for what must not begin a line of its own.
func oneLine(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }

// escapeControls writes the characters of [plain] as \u escapes, which JSON
// allows in strings, where alone they can stand.
func escapeControls(b []byte) []byte {
	if bytes.IndexFunc(b, obeyed) < 0 {
		return b
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		if obeyed(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}

// textOf returns the text of a status' HTML: paragraphs and breaks become line
// feeds, other tags go. It is for the few tags that Mastodon's API has.
func textOf(s string) string {
	var out strings.Builder
	for s != "" {
		before, tag, found := strings.Cut(s, "<")
		out.WriteString(before)
		if !found {
			break
		}
		tag, s, _ = strings.Cut(tag, ">")
		switch name, _, _ := strings.Cut(strings.TrimSuffix(tag, "/"), " "); strings.ToLower(name) {
		case "br":
			out.WriteByte('\n')
		case "/p":
			out.WriteString("\n\n")
		}
	}
	return strings.TrimSpace(html.UnescapeString(out.String()))
}
