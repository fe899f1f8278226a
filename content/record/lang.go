package record

import (
	"strings"

	"rossgram.app/content"
)

// checkLang checks the shape of a language tag (RFC 5646, section 2.1): subtags of
// 1 to 8 letters and digits, the first of 2 to 8 letters. It knows no registry, so
// that a node does not refuse what another one's newer registry has.
func checkLang(s string) error {
	const op = "record.checkLang"
	if s == "" {
		return nil
	}
	subtags := strings.Split(s, "-")
	ok := len(s) <= MaxLang && len(subtags[0]) >= 2 && !strings.ContainsFunc(subtags[0], isDigit)
	for _, t := range subtags {
		ok = ok && len(t) >= 1 && len(t) <= 8 && !strings.ContainsFunc(t, notLetterOrDigit)
	}
	if !ok {
		return content.Errorf(op, content.Invalid, "a language is written as in BCP 47, such as pt-BR")
	}
	return nil
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func notLetterOrDigit(r rune) bool {
	return !isDigit(r) && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z')
}
