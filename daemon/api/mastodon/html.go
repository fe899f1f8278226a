package mastodon

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content/record"
)

var (
	blankLines = regexp.MustCompile(`\n{2,}`)
	// webAddress is what may be a link, up to white space or what can't be part of
	// one.
	webAddress = regexp.MustCompile(`\bhttps?://[^\s<>"\x60]+`)
)

// hypertext returns a text of a record as HTML, as Mastodon formats its own:
// paragraphs, line breaks, links and hashtags; all else is escaped.
func hypertext(base, s string) string {
	s = strings.Trim(s, "\n")
	if s == "" {
		return ""
	}
	var b strings.Builder
	for _, paragraph := range paragraphs(s) {
		b.WriteString("<p>")
		for i, line := range strings.Split(paragraph, "\n") {
			if i > 0 {
				b.WriteString("<br />")
			}
			b.WriteString(hyperline(base, line))
		}
		b.WriteString("</p>")
	}
	return b.String()
}

func paragraphs(s string) []string {
	if !strings.Contains(s, "\n\n") {
		return []string{s}
	}
	return blankLines.Split(s, -1)
}

// hyperline is hypertext of one line, without a paragraph around.
func hyperline(base, s string) string {
	var b strings.Builder
	for strings.Contains(s, "://") { // most lines have none, and the expression is slow to say so
		at := webAddress.FindStringIndex(s)
		if at == nil {
			break
		}
		address := withoutPunctuation(s[at[0]:at[1]])
		writeTagged(&b, base, s[:at[0]])
		writeLink(&b, address)
		s = s[at[0]+len(address):]
	}
	writeTagged(&b, base, s)
	return b.String()
}

// withoutPunctuation returns a web address without what ends the sentence or the
// brackets it stands in.
func withoutPunctuation(address string) string {
	for {
		short := strings.TrimRight(address, ".,;:!?'")
		if strings.HasSuffix(short, ")") && strings.Count(short, ")") > strings.Count(short, "(") {
			short = short[:len(short)-1]
		}
		if short == address {
			return address
		}
		address = short
	}
}

// writeLink writes a web address as a link, or, where it is none after all, as
// text.
func writeLink(b *strings.Builder, address string) {
	shown := html.EscapeString(address)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		b.WriteString(shown)
		return
	}
	b.WriteString(`<a href="` + html.EscapeString(u.String()) +
		`" target="_blank" rel="nofollow noopener noreferrer" translate="no">` + shown + `</a>`)
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
