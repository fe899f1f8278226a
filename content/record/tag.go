package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
)

// NormalizeTag returns the one form of a hashtag, without #: NFC, lower case. It
// is false if s is not a tag: letters, marks, digits and underscores, not digits
// alone, at most [MaxTag] characters.
func NormalizeTag(s string) (string, bool) {
	if len(s) > MaxTag*BytesPerCharacter {
		return "", false
	}
	t := norm.NFC.String(strings.ToLower(strings.TrimPrefix(s, "#")))
	if t == "" || Characters(t) > MaxTag || strings.ContainsFunc(t, notInTag) || !strings.ContainsFunc(t, unicode.IsLetter) {
		return "", false
	}
	return t, true
}

func notInTag(r rune) bool {
	return r != '_' && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}

// Hashtags returns the tags of a text in their order, each once, at most
// [MaxTags]. A tag begins at a # that does not follow a letter, digit, underscore
// or another #.
func Hashtags(text string) []string {
	var tags []string
	for i := 0; len(tags) < MaxTags; {
		n := strings.IndexByte(text[i:], '#')
		if n < 0 {
			break
		}
		start := i + n + 1
		i = start + tagLen(text[start:])
		t, ok := NormalizeTag(text[start:i])
		if ok && beginsTag(text[:start-1]) && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}

// tagLen returns how many bytes of s can belong to a tag.
func tagLen(s string) int {
	if n := strings.IndexFunc(s, notInTag); n >= 0 {
		return n
	}
	return len(s)
}

// beginsTag reports whether a # behind before begins a tag.
func beginsTag(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || r != '#' && notInTag(r)
}

func checkTags(tags []string) error {
	const op = "record.checkTags"
	if len(tags) > MaxTags {
		return content.E(op, content.TooLarge, fmt.Errorf("at most %d tags fit, here are %d", MaxTags, len(tags)))
	}
	for i, t := range tags {
		if n, ok := NormalizeTag(t); !ok || n != t {
			return content.E(op, content.Invalid, fmt.Errorf("%q is not a tag: letters, digits and _ in lower case", t))
		}
		if slices.Contains(tags[:i], t) {
			return content.E(op, content.Invalid, fmt.Errorf("the tag %q stands twice", t))
		}
	}
	return nil
}
