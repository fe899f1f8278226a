package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rossgram.app/content"
)

func TestConfigRoundTrip(t *testing.T) {
	home := t.TempDir()
	c, err := LoadConfig(home)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"network.mdns":   "false",
		"storage.max":    "50GB",
		"api.listen":     "127.0.0.1:0",
		"network.listen": `["/ip4/127.0.0.1/tcp/0"]`,
	} {
		if err := c.Set(key, value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	back, err := LoadConfig(home)
	if err != nil {
		t.Fatal(err)
	}
	if back.Network.MDNS || back.Storage.Max != 50*GB || back.API.Listen != "127.0.0.1:0" || len(back.Network.Listen) != 1 {
		t.Errorf("got %+v", back)
	}
	info, err := os.Stat(filepath.Join(home, "config.toml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestConfigRefusesWhatItDoesNotKnow(t *testing.T) {
	home := t.TempDir()
	os.WriteFile(filepath.Join(home, "config.toml"), []byte("[network]\nmnds = true\n"), 0o600)
	_, err := LoadConfig(home)
	if content.KindOf(err) != content.Invalid || !strings.Contains(err.Error(), "network.mnds") {
		t.Errorf("got %v", err)
	}
	c := DefaultConfig(home)
	for _, bad := range [][2]string{{"network.mnds", "true"}, {"mdns", "true"}, {"network.mdns", "maybe"}, {"storage.max", "-1"}, {"api.listen", "\"a\"\n[x]"}} {
		if err := c.Set(bad[0], bad[1]); err == nil {
			t.Errorf("%v accepted: %+v", bad, c)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "50GB": 50 * GB, "1.5 tb": 1500 * GB, "12": 12, "3kb": 3 * KB} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q: %v %v", text, s, err)
		}
	}
	for _, bad := range []string{"", "GB", "-1", "NaN", "Inf", "1e30TB", "5 apples"} {
		var s Size
		if s.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q accepted as %v", bad, s)
		}
	}
}
