// Package keys holds an account's secrets and what is signed with them: the
// recovery phrase, the account key derived from it, writer keys and the
// certificates that put them in force, sealing keys, and the files they are
// kept in.
//
// It guarantees that a signature made for one purpose is good for no other
// (see [Domain]), that key files are readable by their owner only, and that
// package fmt prints no secret, with whatever verb and wherever it is held. What
// is signed is the business of others.
package keys

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tyler-smith/go-bip39"
	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
)

// PhraseWords is how many words a recovery phrase has: 256 bits and a checksum
// of 8.
const PhraseWords = 24

const (
	phraseBits   = 256
	maxPhraseLen = 1024 // bytes; 24 words of the list have at most 215
)

// Phrase is a recovery phrase: 24 words of the English list of BIP-39. Whoever
// has it has the account. The zero Phrase is none.
type Phrase struct{ words hidden[[]string] }

// NewPhrase returns a phrase of 256 bits from the system's randomness.
func NewPhrase() (Phrase, error) {
	entropy := make([]byte, phraseBits/8)
	rand.Read(entropy) // never fails, see its documentation
	words, err := bip39.NewMnemonic(entropy)
	if err != nil {
		return Phrase{}, content.E("keys.NewPhrase", content.Other, err)
	}
	return ParsePhrase(words)
}

// ParsePhrase reads a phrase as a person types it: in any case, with any white
// space between the words. Errors say which word is not in the list, or that
// the words are right each but not together. No error repeats a word.
func ParsePhrase(s string) (Phrase, error) {
	const op = "keys.ParsePhrase"
	if len(s) > maxPhraseLen {
		return Phrase{}, content.Errorf(op, content.TooLarge, "a recovery phrase has 24 short words")
	}
	words := strings.Fields(strings.ToLower(norm.NFKD.String(s)))
	for i, w := range words {
		if _, ok := bip39.GetWordIndex(w); !ok {
			return Phrase{}, content.E(op, content.Invalid, fmt.Errorf("word %d of the recovery phrase is not one of the list", i+1))
		}
	}
	if len(words) != PhraseWords {
		return Phrase{}, content.E(op, content.Invalid, fmt.Errorf("a recovery phrase has 24 words, not %d", len(words)))
	}
	if _, err := bip39.EntropyFromMnemonic(strings.Join(words, " ")); err != nil {
		return Phrase{}, content.E(op, content.Invalid, errors.New("the words do not belong together: one is wrong, or their order is"))
	}
	return Phrase{hide(words)}, nil
}

// IsZero reports whether p is no phrase.
func (p Phrase) IsZero() bool { return p.words == nil }

// Words returns the words, which are a secret; none for the zero Phrase.
func (p Phrase) Words() []string {
	if p.IsZero() {
		return nil
	}
	return slices.Clone(p.words())
}

// String hides the words, so that a log line does not give the account away.
func (p Phrase) String() string { return "(recovery phrase)" }

// GoString is [Phrase.String].
func (p Phrase) GoString() string { return p.String() }

// Equal reports whether two phrases are the same.
func (p Phrase) Equal(q Phrase) bool { return slices.Equal(p.Words(), q.Words()) }

// derive returns 32 bytes for one purpose: HKDF-SHA256 (RFC 5869) over the
// phrase's BIP-39 seed (PBKDF2 with the empty passphrase), no salt, and the
// purpose as info.
func (p Phrase) derive(purpose string) ([]byte, error) {
	if p.IsZero() {
		return nil, content.Errorf("keys.derive", content.Invalid, "there is no recovery phrase")
	}
	return hkdf.Key(sha256.New, bip39.NewSeed(strings.Join(p.words(), " "), ""), nil, purpose, 32)
}
