package mastodon

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestCaptionsAsHTML(t *testing.T) {
	const link = `<a href="%s" target="_blank" rel="nofollow noopener noreferrer" translate="no">%s</a>`
	at := func(address string) string { return strings.ReplaceAll(link, "%s", html.EscapeString(address)) }
	tag := func(name, shown string) string {
		return `<a href="http://h/tags/` + name + `" class="mention hashtag" rel="tag">#<span>` + shown + `</span></a>`
	}
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"\n\n", ""},
		{"one\ntwo\n\n\nthree", "<p>one<br />two</p><p>three</p>"},
		{`<script>"&'`, "<p>&lt;script&gt;&#34;&amp;&#39;</p>"},
		{"(see https://a.example/b_(c).)", "<p>(see " + at("https://a.example/b_(c)") + ".)</p>"},
		{`http://a.example/"onclick="x`, "<p>" + at("http://a.example/") + "&#34;onclick=&#34;x</p>"},
		{"javascript:alert(1) xhttps://a.example https:///b", "<p>javascript:alert(1) xhttps://a.example https:///b</p>"},
		{"http://a.example/#frag #Tag", "<p>" + at("http://a.example/#frag") + " " + tag("tag", "Tag") + "</p>"},
		{"#été, a#b ##c #1 #1a#d", "<p>" + tag("%C3%A9t%C3%A9", "été") + ", a#b ##c #1 " + tag("1a", "1a") + "#d</p>"},
	} {
		if got := hypertext("http://h", c.text); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestMentionsAsHTML(t *testing.T) {
	anna := Account{Username: "Anne_Lang", DisplayName: "Änne", URL: "http://h/@a", Rossgram: AccountNames{Fingerprint: "abcdefghijklmnop"}}
	l := linker{base: "http://h", people: []Account{anna}}
	at := func(shown string) string {
		return `<span class="h-card" translate="no"><a href="http://h/@a" class="u-url mention">@<span>` + shown + `</span></a></span>`
	}
	for text, want := range map[string]string{
		"@x@abcdefghijklmnop, you":            at("x") + ", you",
		"hi @anne_lang. @Ben":                 "hi " + at("anne_lang") + ". @Ben",
		"@änne!":                              at("änne") + "!",
		"a@anne_lang @@anne_lang /@anne_lang": "a@anne_lang @@anne_lang /@anne_lang",
		"@anne_lang@ponmlkjihgfedcba":         "@anne_lang@ponmlkjihgfedcba",
		"http://h/@anne_lang":                 `<a href="http://h/@anne_lang" target="_blank" rel="nofollow noopener noreferrer" translate="no">http://h/@anne_lang</a>`,
	} {
		if got := l.text(text); got != "<p>"+want+"</p>" {
			t.Errorf("%q\n got %s\nwant <p>%s</p>", text, got, want)
		}
	}
}

// ours is all the markup that captions become.
var ours = regexp.MustCompile(`</?p>|<br />|</?span>|<span class="h-card" translate="no">|</a>|<a href="https?://[^"<>]*" (class="mention hashtag" rel="tag"|class="u-url mention"|target="_blank" rel="nofollow noopener noreferrer" translate="no")>`)

// FuzzHypertext checks that nothing but our own markup is in what a caption
// becomes, and that without it the caption is there letter by letter.
func FuzzHypertext(f *testing.F) {
	for _, s := range []string{"a\n\nb", "#a #b", "https://a.example/#x).", `<a href="x">`, "&lt;", "http://[::1]/\x00%zz#é", "http://a#http://b", "@a @b.#c"} {
		f.Add(s)
	}
	l := linker{"http://h", []Account{{URL: "http://h/@a"}}} // whom all names mean that have no fingerprint
	f.Fuzz(func(t *testing.T, s string) {
		text := ours.ReplaceAllString(l.text(s), "")
		if strings.ContainsAny(text, `<>"`) {
			t.Fatalf("%q becomes %q", s, l.text(s))
		}
		if want := strings.ReplaceAll(s, "\n", ""); html.UnescapeString(text) != want {
			t.Fatalf("%q reads %q", s, html.UnescapeString(text))
		}
	})
}
