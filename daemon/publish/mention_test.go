package publish_test

import (
	"strings"
	"testing"

	"rossgram.app/daemon/publish"
)

func TestNamesInATextAreFound(t *testing.T) {
	const fp = "abcdefghijklmnop"
	for text, want := range map[string]string{
		"@anna":                     "anna",
		"Hi @Anna_L. and @ben-b!":   "Anna_L ben-b",
		"@anna@" + fp + ".":         "anna/" + fp,
		"@anna@" + fp + "x":         "anna",
		"@anna@ABCDEFGHIJKLMNOP":    "anna/" + fp,
		"@anna@short @anna@1" + fp:  "anna anna",
		"a@b.example @@anna /@anna": "",
		"@ @. (@李雷) #@tag":          "李雷 tag",
		"@anna@ben":                 "anna",
		strings.Repeat("@a ", 101):  strings.TrimSpace(strings.Repeat("a ", 100)),
	} {
		var got []string
		for _, n := range publish.Names(text) {
			if shown := text[n.At:n.End]; !strings.HasPrefix(shown, "@"+n.Name) {
				t.Errorf("%q: %q is not %q", text, shown, n.Name)
			}
			if n.Fingerprint != "" {
				n.Name += "/" + n.Fingerprint
			}
			got = append(got, n.Name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}
