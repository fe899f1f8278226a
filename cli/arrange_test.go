package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestFlagsMayStandAnywhere(t *testing.T) {
	app := newApp(nil, nil, nil)
	for _, c := range []struct{ in, want string }{
		{"follow X --wait", "follow --wait -- X"},
		{"status --json", "--json status"},
		{"post a.jpg b.jpg -m Hi --alt One --alt Two", "post -m Hi --alt One --alt Two -- a.jpg b.jpg"},
		{"post a.jpg --keep-source=false b.jpg", "post --keep-source=false -- a.jpg b.jpg"},
		{"--home H feed -n 3 --watch", "--home H feed -n 3 --watch"},
		{"feed --home H", "--home H feed"},
		{"post - -m Hi", "post -m Hi -- -"},
		{"post -- -odd-.jpg", "post -- -odd-.jpg"},
		{"photo CID -o - --json", "--json photo -o - -- CID"},
		{"profile set --name N --json", "--json profile set --name N"},
		{"profile W --json", "--json profile W"},
		{"token create --name post", "token create --name post"},
		{"show delete", "show -- delete"}, // a post's name that is also a command's
		{"post x --nix y", "post --nix -- x y"},
		{"init --name", "init --name"},
		{"feed --generate-bash-completion", "feed --generate-bash-completion"},
		{"", ""},
	} {
		got := arrange(app, strings.Fields(c.in))
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q becomes %q, want %q", c.in, strings.Join(got, " "), c.want)
		}
	}
}
