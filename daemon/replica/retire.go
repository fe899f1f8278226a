package replica

import (
	"context"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
)

// What the replica remembers, in the store's precious state:
//
//	"w" account (32) → the certificate of whoever writes elsewhere
const tagElsewhere = 'w'

// errMoved is the failure of writing for an account that is written elsewhere.
var errMoved = content.Errorf("replica.Apply", content.Permission,
	"the account is written on another machine now, and this one only follows it: do it there")

// Retire ends writing for an account of this node, for good: the certificate is
// that of the machine which writes from now on, or this machine's own if it gives
// way to a copy of itself. It waits for the change that is being made. From then
// on the account is kept like one that is followed, also after a restart, until
// this machine has a certificate that counts more. Kind Invalid if the
// certificate counts less than this machine's.
func (r *Replica) Retire(ctx context.Context, cert content.Certificate) error {
	const op = "replica.Retire"
	h, ok := r.Hosted(cert.Account)
	if !ok {
		return nil
	}
	if over, err := overruled(h.Keyring, cert); err != nil || !over {
		return content.E(op, content.Invalid, err)
	}
	b, err := keys.EncodeCertificate(cert)
	if err != nil {
		return content.E(op, content.Other, err)
	}
	if err := r.room.Update(ctx, func(tx *store.Tx) error { return tx.Set(elsewhereKey(cert.Account), b) }); err != nil {
		return content.E(op, content.Other, err)
	}
	h.retired.Store(true)
	err = h.repo.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.hosted, cert.Account)
	r.retired[cert.Account] = Retired{h.Keyring, cert}
	return err
}

// Writer returns an account of this node for writing. Kind Permission if it is
// not hosted here, or is written elsewhere by now.
func (r *Replica) Writer(account content.AccountID) (*Hosted, error) {
	if h, ok := r.Hosted(account); ok {
		return h, nil
	}
	if _, moved := r.Retired(account); moved {
		return nil, errMoved
	}
	return nil, content.Errorf("replica.Writer", content.Permission, "this node does not write for that account")
}

// Retired is an account of this node that is written elsewhere.
type Retired struct {
	Keyring *keys.Keyring       // what this machine wrote with
	Writer  content.Certificate // whose word counts
}

// Yielded reports whether this machine has given way to one that writes with the
// very same key: a copy of its home.
func (r Retired) Yielded() bool {
	order, err := keys.CompareCertificates(r.Writer, r.Keyring.Certificate())
	return err == nil && order == 0
}

// Retired returns an account of this node that is written elsewhere.
func (r *Replica) Retired(account content.AccountID) (Retired, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was, ok := r.retired[account]
	return was, ok
}

// OwnAccounts returns the accounts whose keys this node has, in a fixed order:
// those it hosts, and those that are written elsewhere now.
func (r *Replica) OwnAccounts() []content.AccountID {
	ids := r.HostedAccounts()
	r.mu.Lock()
	for id := range r.retired {
		ids = append(ids, id)
	}
	r.mu.Unlock()
	slices.SortFunc(ids, func(a, b content.AccountID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

// Owns reports whether this node has an account's keys.
func (r *Replica) Owns(account content.AccountID) bool {
	_, hosted := r.Hosted(account)
	_, retired := r.Retired(account)
	return hosted || retired
}

// stillWrites finds out whether a keyring's account is written here; if not, it
// is noted as retired, and the error is of kind Permission.
func (r *Replica) stillWrites(ctx context.Context, ring *keys.Keyring, head content.Head) error {
	cert, err := r.WriterElsewhere(ctx, ring.ID())
	if err != nil {
		return err
	}
	over := false
	if cert.Epoch > 0 {
		if over, err = overruled(ring, cert); err != nil {
			return err
		}
	}
	if !over && head.Commit.Epoch > 0 {
		order, err := keys.CompareCertificates(head.Cert, ring.Certificate())
		if err != nil {
			return err
		}
		cert, over = head.Cert, order > 0
	}
	if !over {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retired[ring.ID()] = Retired{ring, cert}
	return errMoved
}

// WriterElsewhere returns the certificate that [Replica.Retire] has noted of an
// account; zero if none.
func (r *Replica) WriterElsewhere(ctx context.Context, account content.AccountID) (content.Certificate, error) {
	b, err := r.room.Get(ctx, elsewhereKey(account))
	if content.KindOf(err) == content.NotFound {
		return content.Certificate{}, nil
	}
	if err != nil {
		return content.Certificate{}, err
	}
	cert, err := keys.DecodeCertificate(b)
	if err != nil {
		return cert, content.E("replica.WriterElsewhere", content.Corrupt, err)
	}
	return cert, nil
}

// overruled reports whether a certificate ends what a keyring may write: it
// counts more, or is the same and this machine has given way.
func overruled(ring *keys.Keyring, cert content.Certificate) (bool, error) {
	order, err := keys.CompareCertificates(cert, ring.Certificate())
	return order >= 0, err
}

func elsewhereKey(id content.AccountID) []byte { return append([]byte{tagElsewhere}, id[:]...) }

// Suspend keeps the account of a keyring like one that was retired, until it is
// hosted: what was written here counts as this machine's own meanwhile.
func (r *Replica) Suspend(ring *keys.Keyring) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retired[ring.ID()] = Retired{Keyring: ring}
}

// Suspended reports whether it is not known yet who writes: the account is being
// moved here.
func (r Retired) Suspended() bool { return r.Writer.Epoch == 0 }
