package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

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
// [MaxTags]. A tag begins at a # that does not follow a letter or digit.
func Hashtags(text string) []string {
	var tags []string
	for rest, before := text, ' '; len(tags) < MaxTags; {
		i := strings.IndexByte(rest, '#')
		if i < 0 {
			break
		}
		if i > 0 {
			before = []rune(rest[:i])[len([]rune(rest[:i]))-1]
		}
		rest = rest[i+1:]
		end := strings.IndexFunc(rest, notInTag)
		if end < 0 {
			end = len(rest)
		}
		t, ok := NormalizeTag(rest[:end])
		if ok && notInTag(before) && before != '#' && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
		before = '#'
		if end > 0 {
			before = []rune(rest[:end])[len([]rune(rest[:end]))-1]
		}
		rest = rest[end:]
	}
	return tags
}

func checkTags(tags []string) error {
	const op = "record.checkTags"
	if len(tags) > MaxTags {
		return content.E(op, content.TooLarge, fmt.Errorf("a post has at most %d tags, this one has %d", MaxTags, len(tags)))
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
