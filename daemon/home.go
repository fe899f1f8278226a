package daemon

import (
	"errors"
	"os"
	"path/filepath"

	"rossgram.app/content"
)

// The parts of a home; see docs/architecture.md.
const (
	accountsDir  = "accounts"
	nodeKeyFile  = "node.key"
	swarmKeyFile = "swarm.key"
	runningFile  = "daemon.json"
	tokenFile    = "token"
	pinningFile  = "pinning.json"
	spoolDir     = "uploads"
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
