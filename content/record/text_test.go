package record_test

import (
	"slices"
	"strings"
	"testing"

	"rossgram.app/content/record"
)

func TestHashtags(t *testing.T) {
	for text, want := range map[string]string{
		"First #Snow, #snow and #ΑΘΗΝΑ": "snow αθηνα",
		"a#b #1 #2nd ##x #":             "2nd",
		"#日本 #café #cafe\u0301 #a_b":    "日本 café a_b",
		"no tags":                       "",
	} {
		if got := strings.Join(record.Hashtags(text), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	many := strings.Repeat("#a", 1) + strings.Repeat(" #b1 #c2 #d3 #e4 #f5 #g6", 100)
	for i := range 60 {
		many += " #tag" + strings.Repeat("x", i)
	}
	if n := len(record.Hashtags(many)); n != record.MaxTags {
		t.Errorf("%d tags", n)
	}
}

// FuzzHashtags: the tags of any text can stand in a post.
func FuzzHashtags(f *testing.F) {
	for _, s := range []string{"First #Snow, #snow", "#\u0130stanbul #\u1e9e #ΌΣΟΣ", "#\u0344#\u212b", "#a\xff#b", "##", "#1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tags := record.Hashtags(s)
		for i, tag := range tags {
			if n, ok := record.NormalizeTag(tag); !ok || n != tag {
				t.Errorf("%q has the tag %q, which is %q %v", s, tag, n, ok)
			}
			if slices.Contains(tags[:i], tag) {
				t.Errorf("%q twice", tag)
			}
		}
		if len(tags) > record.MaxTags {
			t.Errorf("%d tags", len(tags))
		}
	})
}

// A caption as a browser, a phone or a script sends it can be posted.
func TestNormalizeText(t *testing.T) {
	for in, want := range map[string]string{
		"two\r\nlines\rand\nmore": "two\nlines\nand\nmore",
		"a\tb\u2028c":             "a b\nc",
		"  around\n\n":            "around",
		"cafe\u0301":              "caf\u00e9",
		"":                        "",
	} {
		got := record.NormalizeText(in)
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		p := &record.Post{Caption: got, Photos: []record.Photo{photo()}}
		if _, err := record.Encode(p); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestCharactersAreThoseOfPeople(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "snow": 4, "cafe\u0301": 4, "👨\u200d👩\u200d👧\u200d👦": 1, "🇧🇷🇯🇵": 2, "नमस्ते": 4, "\r\n": 1,
	} {
		if got := record.Characters(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}
