package mastodon

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content/record"
	"rossgram.app/daemon/publish"
)

// writeWords writes text without web addresses.
func (l linker) writeWords(b *strings.Builder, s string) {
	done := 0 // what of s is written
	if len(l.people) > 0 {
		for _, n := range publish.Names(s) {
			if who, ok := l.person(n); ok {
				writeTagged(b, l.base, s[done:n.At])
				writeMention(b, who, n.Name)
				done = n.End
			}
		}
	}
	writeTagged(b, l.base, s[done:])
}

// person returns who of those that a text mentions goes by a name in it.
func (l linker) person(n publish.Name) (Account, bool) {
	for _, p := range l.people {
		if n.Fingerprint == p.Rossgram.Fingerprint ||
			n.Fingerprint == "" && (strings.EqualFold(n.Name, p.Username) || strings.EqualFold(n.Name, p.DisplayName)) {
			return p, true
		}
	}
	return Account{}, false
}

// writeMention writes a link to an account, marked up as apps look for it.
func writeMention(b *strings.Builder, who Account, shown string) {
	b.WriteString(`<span class="h-card" translate="no"><a href="` + html.EscapeString(who.URL) +
		`" class="u-url mention">@<span>` + html.EscapeString(shown) + `</span></a></span>`)
}

// writeTagged writes text in which hashtags become links; package record says
// what a hashtag is.
func writeTagged(b *strings.Builder, base, s string) {
	done := 0 // what of s is written
	for at := 0; ; {
		n := strings.IndexByte(s[at:], '#')
		if n < 0 {
			break
		}
		start := at + n + 1
		at = start + lettersOf(s[start:])
		if tag, ok := record.NormalizeTag(s[start:at]); ok && !inWord(s[:start-1]) {
			b.WriteString(html.EscapeString(s[done : start-1]))
			writeTag(b, tagURL(base, tag), s[start:at])
			done = at
		}
	}
	b.WriteString(html.EscapeString(s[done:]))
}

func writeTag(b *strings.Builder, address, shown string) {
	b.WriteString(`<a href="` + html.EscapeString(address) + `" class="mention hashtag" rel="tag">#<span>` +
		html.EscapeString(shown) + `</span></a>`)
}

// lettersOf returns how many bytes s begins with that can be a hashtag's.
func lettersOf(s string) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !ofWord(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// inWord reports whether what follows before can't begin a hashtag.
func inWord(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	return n > 0 && (r == '#' || ofWord(r))
}

func ofWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}
