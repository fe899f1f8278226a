package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/daemon/publish"
	"rossgram.app/daemon/replica"
)

// InitOptions says what account to make.
type InitOptions struct {
	Name       string      // as people see it; see [record.MaxName]
	Phrase     keys.Phrase // the zero Phrase is a new one
	KeepPhrase bool        // keep the phrase in a file in the home
}

// InitResult is the account that was made.
type InitResult struct {
	Account    content.AccountID
	Phrase     keys.Phrase // a secret
	PhraseFile string      // where it is kept; empty if it is not
}

// HasAccount reports whether there is an account in a home.
func HasAccount(home string) (bool, error) {
	rings, err := keys.ListKeyrings(filepath.Join(home, accountsDir))
	return len(rings) > 0, err
}

// Init makes an account, and the home if there is none. A home that has an
// account is left as it is, and is kind Exists.
func Init(ctx context.Context, home string, o InitOptions) (InitResult, error) {
	const op = "daemon.Init"
	if _, err := record.Encode(&record.Profile{Name: record.NormalizeText(o.Name)}); err != nil {
		return InitResult{}, content.E(op, content.Other, fmt.Errorf("the name can't be used: %w", err))
	}
	if o.Phrase.IsZero() {
		var err error
		if o.Phrase, err = keys.NewPhrase(); err != nil {
			return InitResult{}, content.E(op, content.Other, err)
		}
	}
	if err := checkHome(home); err != nil {
		return InitResult{}, content.E(op, content.Other, err)
	}
	cfg, err := LoadConfig(home)
	if err != nil {
		return InitResult{}, content.E(op, content.Other, err)
	}
	st, err := store.Open(ctx, home, cfg.storeOptions())
	if err != nil {
		return InitResult{}, content.E(op, content.Other, err)
	}
	ring, err := makeAccount(ctx, home, st, o)
	if err = errors.Join(err, st.Close()); err != nil {
		return InitResult{}, content.E(op, content.Other, err)
	}
	result := InitResult{Account: ring.ID(), Phrase: o.Phrase}
	if path, there := ring.PhraseFile(); there {
		result.PhraseFile = path
	}
	return result, nil
}

// makeAccount makes the keyring and the first commit, which holds the profile.
// The store's lock keeps a second init out.
func makeAccount(ctx context.Context, home string, st *store.Store, o InitOptions) (*keys.Keyring, error) {
	if has, err := HasAccount(home); err != nil {
		return nil, err
	} else if has {
		return nil, content.Errorf("daemon.Init", content.Exists, "there is an account in "+home+" already")
	}
	ring, err := keys.CreateKeyring(filepath.Join(home, accountsDir), o.Phrase, o.KeepPhrase, time.Now())
	if err != nil {
		return nil, err
	}
	repos := replica.New(st, time.Now)
	if _, err := repos.Host(ctx, ring); err != nil {
		return nil, err
	}
	p, err := publish.Open(ctx, publish.Parts{
		Replica: repos, Store: st, Photos: photo.New(), Spool: filepath.Join(home, spoolDir), Now: time.Now,
	})
	if err == nil {
		err = p.UpdateProfile(ctx, ring.ID(), publish.ProfileChange{Name: &o.Name})
	}
	return ring, errors.Join(err, repos.Close())
}

// checkHome refuses a home that others may look into; one that is missing is
// fine.
func checkHome(home string) error {
	err := keys.CheckPrivate(home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// openKeyrings returns the accounts of a home, of which there is at least one.
func openKeyrings(home string) ([]*keys.Keyring, error) {
	dirs, err := keys.ListKeyrings(filepath.Join(home, accountsDir))
	if err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, content.Errorf("daemon.Open", content.NotFound, "there is no account in "+home+": make one with rossgram init")
	}
	rings := make([]*keys.Keyring, len(dirs))
	for i, dir := range dirs {
		if rings[i], err = keys.OpenKeyring(dir); err != nil {
			return nil, err
		}
	}
	return rings, nil
}
