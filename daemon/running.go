package daemon

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
)

// Running says where a daemon that runs can be reached; the file daemon.json of
// its home holds it.
type Running struct {
	PID     int       `json:"pid"`
	API     string    `json:"api"`
	PeerID  string    `json:"peer_id"`
	Started time.Time `json:"started"`
}

// ReadRunning returns the daemon that runs in a home; kind NotFound if none does.
// What a daemon that was killed left behind is none.
func ReadRunning(home string) (Running, error) {
	const op = "daemon.ReadRunning"
	var r Running
	b, err := os.ReadFile(filepath.Join(home, runningFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, content.Errorf(op, content.NotFound, "no daemon runs in "+home)
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, content.E(op, content.Other, err)
	}
	if !store.InUse(home) {
		return r, content.Errorf(op, content.NotFound, "no daemon runs in "+home+" any more")
	}
	return r, nil
}

// write puts the file where [ReadRunning] looks.
func (r Running) write(home string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return keys.WriteFile(filepath.Join(home, runningFile), append(b, '\n'))
}

// removeRunning takes back what a daemon that ends has written.
func removeRunning(home string) error {
	var errs []error
	for _, name := range []string{runningFile, tokenFile} {
		if err := os.Remove(filepath.Join(home, name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
