package record

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
)

// Characters counts a text's extended grapheme clusters (UAX #29, of Unicode 15.0:
// a conjunct of Indic scripts counts for as many as it has consonants).
func Characters(s string) int { return uniseg.GraphemeClusterCount(s) }

// NormalizeText returns a text as records hold it, from how people and programs
// type it: NFC, a line feed for each end of a line (browsers send CR LF), a space
// for a tab, and no white space around. Whoever makes a record calls it; records
// of others are taken as they are.
func NormalizeText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(s)
	return strings.TrimSpace(norm.NFC.String(s))
}

// lines says whether a text may have several.
type lines bool

const (
	oneLine      lines = false
	severalLines lines = true
)

// checkText reports whether a text is at most limit characters, valid UTF-8, and
// without control characters or marks that turn the direction of what follows.
func checkText(what, s string, limit int, l lines) error {
	const op = "record.checkText"
	if !utf8.ValidString(s) {
		return content.E(op, content.Invalid, fmt.Errorf("%s is not UTF-8 text", what))
	}
	if len(s) > limit*BytesPerCharacter {
		return content.E(op, content.TooLarge, fmt.Errorf("%s has %s bytes; at most %s fit", what, thousands(len(s)), thousands(limit*BytesPerCharacter)))
	}
	if n := Characters(s); n > limit {
		return content.E(op, content.TooLarge, fmt.Errorf("%s has %s characters; at most %s fit", what, thousands(n), thousands(limit)))
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return forbidden(r, l) }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return content.E(op, content.Invalid, fmt.Errorf("%s holds the control character %U, which is not shown; take it out", what, r))
	}
	return nil
}

// forbidden tells control characters, and the embeddings, overrides and isolates
// of bidirectional text (UAX #9), with which a name could pose as another.
func forbidden(r rune, l lines) bool {
	switch {
	case r == '\n', r == '\u2028', r == '\u2029':
		return l == oneLine
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return unicode.IsControl(r)
}

// thousands writes a number with separators.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
