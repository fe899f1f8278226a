package repo

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

// MaxCommitSize is the most bytes of an encoded commit.
const MaxCommitSize = 512

// unsignedCommit is what a commit's signature is over: the same map without
// "sig".
type unsignedCommit struct {
	Version int               `cbor:"version"`
	Account content.AccountID `cbor:"account"`
	Epoch   content.Epoch     `cbor:"epoch"`
	Rev     content.TID       `cbor:"rev"`
	Prev    *dagcbor.Link     `cbor:"prev"`
	Data    dagcbor.Link      `cbor:"data"`
}

func signedCommit(c content.Commit) ([]byte, error) {
	return dagcbor.Marshal(unsignedCommit{c.Version, c.Account, c.Epoch, c.Rev, c.Prev, c.Data})
}

// Sign signs a commit, whose Sig it sets, and joins it with the writer's
// certificate.
func Sign(c content.Commit, cert content.Certificate, s Signer) (content.Head, error) {
	m, err := signedCommit(c)
	if err != nil {
		return content.Head{}, content.E("repo.Sign", content.Invalid, err)
	}
	c.Sig = s.Sign(keys.DomainCommit, m)
	return content.Head{Cert: cert, Commit: c}, nil
}

// EncodeHead returns a head's DAG-CBOR, of at most [content.MaxHeadSize] bytes.
func EncodeHead(h content.Head) ([]byte, error) {
	return encode("repo.EncodeHead", h, content.MaxHeadSize)
}

// DecodeHead reads what [EncodeHead] writes, and nothing else: the bytes of a
// head are as unique as its value. It checks no signature; see [VerifyHead].
func DecodeHead(b []byte) (content.Head, error) {
	return decode[content.Head]("repo.DecodeHead", b, content.MaxHeadSize)
}

// CommitBlock returns the block of a signed commit: its DAG-CBOR and the CID
// that the next commit names it by.
func CommitBlock(c content.Commit) (content.Block, error) {
	b, err := encode("repo.CommitBlock", c, MaxCommitSize)
	if err != nil {
		return content.Block{}, err
	}
	return content.NewBlock(content.DagCBOR, b), nil
}

// DecodeCommit reads the bytes of a commit's block, as strictly as
// [DecodeHead]. It checks no signature.
func DecodeCommit(b []byte) (content.Commit, error) {
	return decode[content.Commit]("repo.DecodeCommit", b, MaxCommitSize)
}

func encode(op string, v any, limit int) ([]byte, error) {
	b, err := dagcbor.Marshal(v)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if len(b) > limit {
		return nil, content.Errorf(op, content.TooLarge, fmt.Sprintf("%d bytes, over the limit of %d", len(b), limit))
	}
	return b, nil
}

func decode[T any](op string, b []byte, limit int) (T, error) {
	var v, none T
	if len(b) > limit {
		return none, content.Errorf(op, content.TooLarge, fmt.Sprintf("%d bytes, over the limit of %d", len(b), limit))
	}
	if err := dagcbor.UnmarshalStrict(b, &v); err != nil {
		return none, content.E(op, content.Invalid, err)
	}
	// A field that is left out would be written again: only the full form passes.
	if again, err := dagcbor.Marshal(v); err != nil || !bytes.Equal(again, b) {
		return none, content.Errorf(op, content.Invalid, "not in the one form there is")
	}
	return v, nil
}

// AheadError is the cause of [VerifyHead]'s error of kind Unavailable for a head
// that is dated too far in the future.
type AheadError struct {
	// Until is when the head may be looked at again.
	Until time.Time
}

func (e *AheadError) Error() string {
	return "the head is dated in the future: it waits until " + e.Until.UTC().Format(time.RFC3339)
}

// VerifyHead reports whether a head is what its account signed: the certificate
// by the account, the commit by the certified writer, both of one account and
// epoch. Kind Invalid if not; kind Unavailable if the commit's rev is over
// [content.MaxClockSkew] after now (see [AheadError]), or if its format is newer
// than this version reads.
func VerifyHead(h content.Head, now time.Time) error {
	const op = "repo.VerifyHead"
	if err := verify(h); err != nil {
		return content.E(op, content.Other, err)
	}
	if until := h.Commit.Rev.Time().Add(-content.MaxClockSkew); now.Before(until) {
		return content.E(op, content.Unavailable, &AheadError{until})
	}
	return nil
}

// verify is [VerifyHead] without the clock.
func verify(h content.Head) error {
	const op = "repo.verify"
	if h.Commit.Version > content.CommitVersion {
		return content.Errorf(op, content.Unavailable, "the account writes a newer format: update rossgram to read it")
	}
	if err := checkCommit(h.Commit); err != nil {
		return err
	}
	if h.Cert.Account != h.Commit.Account || h.Cert.Epoch != h.Commit.Epoch {
		return content.Errorf(op, content.Invalid, "certificate and commit are not of one account and epoch")
	}
	if err := keys.VerifyCertificate(h.Cert); err != nil {
		return err
	}
	m, err := signedCommit(h.Commit)
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	if !keys.Verify(h.Cert.Writer, keys.DomainCommit, m, h.Commit.Sig) {
		return content.Errorf(op, content.Invalid, "the commit is not signed by the writer")
	}
	return nil
}

// checkCommit checks what can be told of a commit without its signature.
func checkCommit(c content.Commit) error {
	const op = "repo.checkCommit"
	links := []dagcbor.Link{c.Data}
	if c.Prev != nil {
		links = append(links, *c.Prev)
	}
	for _, l := range links {
		if err := content.CheckCID(l.Cid); err != nil {
			return err
		}
		if content.Codec(l.Prefix().Codec) != content.DagCBOR {
			return content.Errorf(op, content.Invalid, "a commit links to DAG-CBOR only")
		}
	}
	switch {
	case c.Version != content.CommitVersion:
		return content.Errorf(op, content.Invalid, fmt.Sprintf("commit version %d, not %d", c.Version, content.CommitVersion))
	case c.Rev == 0 || c.Epoch == 0:
		return content.Errorf(op, content.Invalid, "a commit has a rev and an epoch")
	case len(c.Sig) != ed25519.SignatureSize:
		return content.Errorf(op, content.Invalid, "a commit's signature has 64 bytes")
	}
	return nil
}
