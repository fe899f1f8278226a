package keys_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

var keyFiles = []string{"certificate.cbor", "writer.key", "seal.key", "phrase.txt"}

// newKeyring makes a keyring and returns its folder.
func newKeyring(t *testing.T, keepPhrase bool) (*keys.Keyring, string) {
	t.Helper()
	accounts := filepath.Join(t.TempDir(), "accounts")
	k := must(keys.CreateKeyring(accounts, must(keys.NewPhrase()), keepPhrase, noon))
	return k, filepath.Join(accounts, k.ID().Fingerprint())
}

func TestKeyringComesBack(t *testing.T) {
	k, dir := newKeyring(t, true)
	back := must(keys.OpenKeyring(dir))
	if back.ID() != k.ID() || back.Certificate().Epoch != 1 {
		t.Fatalf("%v %+v", back.ID(), back.Certificate())
	}
	m := []byte("commit")
	if !keys.Verify(k.Certificate().Writer, keys.DomainCommit, m, back.Writer().Sign(keys.DomainCommit, m)) {
		t.Error("the writer that came back is another")
	}
}

// The words in phrase.txt are the account, until its owner deletes them.
func TestKeyringPhrase(t *testing.T) {
	k, dir := newKeyring(t, true)
	path, there := k.PhraseFile()
	if !there {
		t.Fatal("the phrase is not kept")
	}
	phrase := must(keys.ParsePhrase(string(must(os.ReadFile(path)))))
	if must(phrase.AccountKey()).ID() != k.ID() {
		t.Error("the phrase is another account's")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, there := must(keys.OpenKeyring(dir)).PhraseFile(); there {
		t.Error("the phrase is back")
	}
	without, _ := newKeyring(t, false)
	if _, there := without.PhraseFile(); there {
		t.Error("the phrase is kept though it was not to be")
	}
}

// Nothing of an account but the owner's phrase.txt leads to the account key.
func TestAccountKeyIsNotKept(t *testing.T) {
	accounts := t.TempDir()
	phrase := must(keys.ParsePhrase(zeroPhrase))
	k := must(keys.CreateKeyring(accounts, phrase, false, noon))
	seed := bip39Seed(t, zeroPhrase, "")
	for _, secret := range [][]byte{seed, derived(t, seed, "rossgram/1/account"), []byte("abandon")} {
		for _, name := range keyFiles[:3] {
			if bytes.Contains(must(os.ReadFile(filepath.Join(accounts, k.ID().Fingerprint(), name))), secret) {
				t.Errorf("%s holds a secret of the account", name)
			}
		}
	}
}

func TestKeyringRights(t *testing.T) {
	_, dir := newKeyring(t, true)
	if mode := must(os.Stat(dir)).Mode().Perm(); mode != 0o700 {
		t.Errorf("folder %o", mode)
	}
	for _, name := range keyFiles {
		if mode := must(os.Stat(filepath.Join(dir, name))).Mode().Perm(); mode != 0o600 {
			t.Errorf("%s %o", name, mode)
		}
	}
	for _, c := range []struct {
		path  string
		loose fs.FileMode
		right fs.FileMode
		mend  string
	}{
		{dir, 0o755, 0o700, "chmod 700 '" + dir + "'"},
		{filepath.Join(dir, "writer.key"), 0o640, 0o600, "chmod 600 '" + filepath.Join(dir, "writer.key") + "'"},
		{filepath.Join(dir, "seal.key"), 0o604, 0o600, "chmod 600"},
		{filepath.Join(dir, "certificate.cbor"), 0o620, 0o600, "chmod 600"},
		{filepath.Join(dir, "phrase.txt"), 0o644, 0o600, "chmod 600"},
	} {
		t.Run(filepath.Base(c.mend), func(t *testing.T) {
			chmod(t, c.path, c.loose)
			defer chmod(t, c.path, c.right)
			_, err := keys.OpenKeyring(dir)
			if content.KindOf(err) != content.Permission || !strings.Contains(content.Message(err), c.mend) {
				t.Errorf("got %v, want %q", err, c.mend)
			}
		})
	}
	if _, err := keys.OpenKeyring(dir); err != nil {
		t.Errorf("mended, but %v", err)
	}
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestKeyringIsNotReplaced(t *testing.T) {
	accounts, phrase := t.TempDir(), must(keys.NewPhrase())
	k := must(keys.CreateKeyring(accounts, phrase, false, noon))
	if _, err := keys.CreateKeyring(accounts, phrase, false, noon); content.KindOf(err) != content.Exists {
		t.Errorf("got %v", err)
	}
	back := must(keys.OpenKeyring(filepath.Join(accounts, k.ID().Fingerprint())))
	if !bytes.Equal(back.Certificate().Writer, k.Certificate().Writer) {
		t.Error("the writer key was replaced")
	}
}

func TestListKeyrings(t *testing.T) {
	accounts := filepath.Join(t.TempDir(), "accounts")
	if dirs := must(keys.ListKeyrings(accounts)); len(dirs) != 0 {
		t.Errorf("nothing there, but %v", dirs)
	}
	want := map[string]bool{}
	for range 3 {
		k := must(keys.CreateKeyring(accounts, must(keys.NewPhrase()), false, noon))
		want[k.ID().Fingerprint()] = true
	}
	if _, err := os.MkdirTemp(accounts, ".new-*"); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	dirs := must(keys.ListKeyrings(accounts))
	if len(dirs) != len(want) {
		t.Errorf("%v", dirs)
	}
	for _, dir := range dirs {
		if k := must(keys.OpenKeyring(dir)); !want[k.ID().Fingerprint()] {
			t.Errorf("%s is of nobody", dir)
		}
	}
}

func TestDamagedKeyring(t *testing.T) {
	other, otherDir := newKeyring(t, false)
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		kind   content.Kind
		want   string
	}{
		"no writer key":       {remove("writer.key"), content.NotFound, "writer.key"},
		"no certificate":      {remove("certificate.cbor"), content.NotFound, "certificate.cbor"},
		"cut writer key":      {overwrite("writer.key", make([]byte, 31)), content.Corrupt, "writer.key is damaged"},
		"cut certificate":     {overwrite("certificate.cbor", []byte{0xa6}), content.Corrupt, "certificate.cbor is damaged"},
		"empty seal key":      {overwrite("seal.key", nil), content.Corrupt, "seal.key is damaged"},
		"huge seal key":       {overwrite("seal.key", make([]byte, 1<<20)), content.Corrupt, "too large"},
		"another writer":      {overwrite("writer.key", make([]byte, 32)), content.Corrupt, "not those of its certificate"},
		"another seal key":    {overwrite("seal.key", must(os.ReadFile(filepath.Join(otherDir, "seal.key")))), content.Corrupt, "not those of its certificate"},
		"another certificate": {overwrite("certificate.cbor", must(keys.EncodeCertificate(other.Certificate()))), content.Corrupt, "not those of its certificate"},
		"a link":              {linked("writer.key"), content.Permission, "neither a file nor a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, dir := newKeyring(t, false)
			c.damage(t, dir)
			_, err := keys.OpenKeyring(dir)
			if content.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("kind %v: %v", content.KindOf(err), err)
			}
		})
	}
	if _, err := keys.OpenKeyring(filepath.Join(otherDir, "none")); content.KindOf(err) != content.NotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func overwrite(name string, b []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := keys.WriteFile(filepath.Join(dir, name), b); err != nil {
			t.Fatal(err)
		}
	}
}

// linked puts a symbolic link in place of a file.
func linked(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Rename(path, path+".old"), os.Symlink(path+".old", path)); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that cannot be written leaves the one before, and no rest.
func TestWriteFileWholeOrNot(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.key")
	for _, b := range []string{"one", "two"} {
		if err := keys.WriteFile(path, []byte(b)); err != nil {
			t.Fatal(err)
		}
		if got := must(os.ReadFile(path)); string(got) != b {
			t.Errorf("got %q", got)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if keys.WriteFile(filepath.Join(dir, "folder"), nil) == nil {
		t.Error("a folder was replaced by a file")
	}
	if entries := must(os.ReadDir(dir)); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}
