package mastodon

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

var (
	blankLines = regexp.MustCompile(`\n{2,}`)
	// webAddress is what may be a link, up to white space or what can't be part of
	// one.
	webAddress = regexp.MustCompile(`\bhttps?://[^\s<>"\x60]+`)
)

// linker makes HTML of the texts of records, in which web addresses, hashtags and the
// names of some people become links.
type linker struct {
	base   string
	people []Account // whom the text mentions
}

// hypertext is [linker.text] of what mentions nobody.
func hypertext(base, s string) string { return linker{base: base}.text(s) }

// hyperline is hypertext of one line, without a paragraph around.
func hyperline(base, s string) string { return linker{base: base}.line(s) }

// text returns a text of a record as HTML, as Mastodon formats its own: paragraphs,
// line breaks, links, hashtags and mentions; all else is escaped.
func (l linker) text(s string) string {
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
			b.WriteString(l.line(line))
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

func (l linker) line(s string) string {
	var b strings.Builder
	for strings.Contains(s, "://") { // most lines have none, and the expression is slow to say so
		at := webAddress.FindStringIndex(s)
		if at == nil {
			break
		}
		address := withoutPunctuation(s[at[0]:at[1]])
		l.writeWords(&b, s[:at[0]])
		writeLink(&b, address)
		s = s[at[0]+len(address):]
	}
	l.writeWords(&b, s)
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
