package repo

import (
	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// MaxForkSize is the most bytes of an encoded [Fork].
const MaxForkSize = 2*content.MaxHeadSize + MaxCommitSize + 64

// Fork is the evidence that an account's history was signed in two versions: two
// commits of one epoch, of which the later does not lead to the earlier. It
// stands by itself: whoever is shown it needs nothing else.
type Fork struct {
	Earlier content.Head `cbor:"earlier"`
	Later   content.Head `cbor:"later"`
	// Before is the commit that Later names as the one before it. It is not
	// above Earlier, and not Earlier. Nil if Later names none, or if the two are
	// of one version, which needs no more proof.
	Before *content.Commit `cbor:"before"`
}

// Encode returns the evidence in DAG-CBOR.
func (f *Fork) Encode() ([]byte, error) { return encode("repo.EncodeFork", f, MaxForkSize) }

// DecodeFork reads what [Fork.Encode] writes and verifies it.
func DecodeFork(b []byte) (*Fork, error) {
	f, err := decode[Fork]("repo.DecodeFork", b, MaxForkSize)
	if err != nil {
		return nil, err
	}
	return &f, f.Verify()
}

// Verify reports whether the evidence is valid; kind Invalid if not. It asks no
// clock: a fork in the future is one too.
func (f *Fork) Verify() error {
	const op = "repo.Fork"
	for _, h := range []content.Head{f.Earlier, f.Later} {
		if err := verify(h); err != nil {
			return content.E(op, content.Invalid, err)
		}
	}
	if f.Earlier.Account() != f.Later.Account() || f.Earlier.Commit.Epoch != f.Later.Commit.Epoch {
		return content.Errorf(op, content.Invalid, "not of one account and epoch")
	}
	earlier, err := CommitBlock(f.Earlier.Commit)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	later, err := CommitBlock(f.Later.Commit)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if earlier.CID.Equals(later.CID) || !f.diverges(earlier) {
		return content.Errorf(op, content.Invalid, "the two do not contradict each other")
	}
	return nil
}

// diverges reports whether Later, whose commit is another than Earlier's, does
// not lead to it.
func (f *Fork) diverges(earlier content.Block) bool {
	switch f.Later.Version().Compare(f.Earlier.Version()) {
	case 0:
		return f.Before == nil
	case -1:
		return false
	}
	prev := f.Later.Commit.Prev
	if prev == nil || f.Before == nil {
		return prev == nil && f.Before == nil
	}
	before, err := CommitBlock(*f.Before)
	return err == nil && before.CID.Equals(prev.Cid) && !before.CID.Equals(earlier.CID) &&
		follows(*f.Before, f.Later.Commit) == nil &&
		version(*f.Before).Compare(f.Earlier.Version()) <= 0
}

// Prevails returns which of the two heads counts, everywhere alike, where the
// account key certified two writers for one epoch; ok is false where one writer
// signed both, and everybody keeps the one they had.
func (f *Fork) Prevails() (h content.Head, ok bool, err error) {
	order, err := keys.CompareCertificates(f.Earlier.Cert, f.Later.Cert)
	switch {
	case err != nil || order == 0:
		return content.Head{}, false, err
	case order > 0:
		return f.Earlier, true, nil
	}
	return f.Later, true, nil
}
