package daemon

import (
	"errors"
	"os"
	"path/filepath"

	"rossgram.app/content"
)

// The parts of a home; see docs/architecture.md.
const (
	accountsDir = "accounts"
	nodeKeyFile = "node.key"
	runningFile = "daemon.json"
	tokenFile   = "token"
)

// HomeDir returns the home to use: dir if it is given, else $ROSSGRAM_HOME, else
// rossgram under $XDG_DATA_HOME or ~/.local/share. It is not made.
func HomeDir(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("ROSSGRAM_HOME")
	}
	if dir == "" {
		data := os.Getenv("XDG_DATA_HOME")
		if data == "" {
			user, err := os.UserHomeDir()
			if err != nil {
				return "", content.E("daemon.HomeDir", content.Invalid, errors.New("no home folder: name one with --home"))
			}
			data = filepath.Join(user, ".local", "share")
		}
		dir = filepath.Join(data, "rossgram")
	}
	return filepath.Abs(dir)
}

// writeFile replaces a file of mode 0600, whole or not at all, durably.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // CreateTemp gives mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
