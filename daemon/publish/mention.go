package publish

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// mentioned returns whom a text mentions: the accounts that the names in it mean,
// each once and at most [record.MaxMentions]. A name that nobody is known by, or
// several, is text and nothing else.
func (p *Publisher) mentioned(ctx context.Context, text string) ([]content.AccountID, error) {
	var who []content.AccountID
	if p.Known == nil {
		return nil, nil
	}
	for _, m := range Names(text) {
		of, err := p.Known.Lookup(ctx, m.Name, m.Fingerprint)
		switch k := content.KindOf(err); {
		case k == content.NotFound, k == content.Conflict:
			continue
		case err != nil:
			return nil, err
		}
		if !slices.Contains(who, of.ID) {
			who = append(who, of.ID)
		}
		if len(who) == record.MaxMentions {
			break
		}
	}
	return who, nil
}

// Name is a name in a text: @name or @name@fingerprint, from At to before End.
type Name struct {
	Name, Fingerprint string
	At, End           int // in bytes
}

// maxNames is how many names of a text are looked up.
const maxNames = 100

// Names returns the names that a text mentions, in their order. A name is letters,
// marks, digits, _, - and ., and ends with none of the last two; its @ does not follow
// one of them, as in an e-mail address, a / or another @.
func Names(text string) (found []Name) {
	for at := 0; len(found) < maxNames; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			break
		}
		n := Name{At: at + i}
		rest := text[n.At+1:]
		n.Name = nameAt(rest)
		n.Fingerprint = fingerprintAt(rest[len(n.Name):])
		n.End = n.At + 1 + len(n.Name)
		if n.Fingerprint != "" {
			n.End += 1 + content.FingerprintLen
		}
		if n.Name != "" && beginsMention(text[:n.At]) {
			found = append(found, n)
		} else {
			n.End = n.At + 1
		}
		at = n.End
	}
	return found
}

// nameAt returns the name that s begins with.
func nameAt(s string) string {
	if n := strings.IndexFunc(s, func(r rune) bool { return !inName(r) }); n >= 0 {
		s = s[:n]
	}
	return strings.TrimRight(s, ".-")
}

// fingerprintAt returns the fingerprint that s begins with, behind an @; empty if
// there is none.
func fingerprintAt(s string) string {
	s, ok := strings.CutPrefix(s, "@")
	if !ok || len(s) < content.FingerprintLen {
		return ""
	}
	if r, _ := utf8.DecodeRuneInString(s[content.FingerprintLen:]); len(s) > content.FingerprintLen && r != '.' && r != '-' && inName(r) {
		return ""
	}
	fp := strings.ToLower(s[:content.FingerprintLen])
	if strings.ContainsFunc(fp, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '2' && r <= '7') }) {
		return ""
	}
	return fp
}

func beginsMention(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	return n == 0 || r != '@' && r != '/' && !inName(r)
}

func inName(r rune) bool {
	return r == '_' || r == '-' || r == '.' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}
