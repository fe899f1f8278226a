package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"done":                {nil, 0},
		"unforeseen":          {errors.New("disk on fire"), 1},
		"invalid":             {&client.Error{Status: 422}, 1},
		"too large":           {&client.Error{Status: 413}, 1},
		"no room":             {&client.Error{Status: 507}, 1},
		"a proxy's page":      {&client.Error{Status: 502}, 1},
		"usage":               {fmt.Errorf("x: %w", usagef("no")), 2},
		"nothing answers":     {&client.Unreachable{API: "http://x", Err: errors.New("refused")}, 3},
		"nothing runs":        {&noDaemon{home: "/h"}, 3},
		"not found":           {&client.Error{Status: 404}, 4},
		"no such file":        {fileError(fmt.Errorf("open: %w", errNotThere())), 4},
		"no token":            {&client.Error{Status: 401}, 5},
		"not allowed":         {fmt.Errorf("x: %w", &client.Error{Status: 403}), 5},
		"conflict":            {&client.Error{Status: 409}, 5},
		"it exists":           {content.Errorf("daemon.Init", content.Exists, "there"), 5},
		"key files are loose": {content.Errorf("keys", content.Permission, "chmod 600 x"), 5},
		"damaged":             {content.Errorf("verify", content.Corrupt, "bad"), 1},
	} {
		if got := int(codeOf(c.err)); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}

func errNotThere() error {
	_, err := openSource(nil, "/no/such/photo.jpg")
	return err
}

func TestErrorsAreOneLineThatSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		say  string
	}{
		{"nix", 2, `there is no command "nix": see rossgram help`},
		{"post", 2, "name the photos: rossgram post PHOTO…"},
		{"post x --nix", 2, "flag provided but not defined: -nix: see rossgram post --help"},
		{"token nix", 2, `token has no command "nix": see rossgram token --help`},
		{"token create", 2, "create needs --name: see rossgram token create --help"},
		{"photo x", 2, "photo needs -o: see rossgram photo --help"},
		{"status", 3, "start one with rossgram daemon"},
		{"--api http://127.0.0.1:9 status", 2, "--api needs --token"},
		{"--api nonsense --token x status", 1, "write it like http://127.0.0.1:7670"},
		{"--api http://127.0.0.1:9 --token x status", 3, "no daemon answers at http://127.0.0.1:9"},
		{"daemon", 4, "make one with rossgram init"},
		{"completion tcsh", 2, "bash, zsh and fish"},
		{"invite --expires never", 2, "12h or 30d"},
	} {
		var out, err strings.Builder
		code := Main(append([]string{"--home", t.TempDir()}, strings.Fields(c.args)...), strings.NewReader(""), &out, &err)
		if code != c.code || !strings.Contains(err.String(), c.say) {
			t.Errorf("rossgram %s: exit code %d, says %q; want %d, %q", c.args, code, err.String(), c.code, c.say)
		}
		if strings.Count(err.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("rossgram %s: not one line on stderr: %q %q", c.args, out.String(), err.String())
		}
	}
}
