package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rossgram.app/content"
)

// The files of a keyring.
const (
	certificateFile = "certificate.cbor"
	writerFile      = "writer.key"
	sealFile        = "seal.key"
	phraseFile      = "phrase.txt"
)

// Keyring is what a machine keeps of an account, in the folder
// accounts/FINGERPRINT of a home: the certificate in force, the writer key and
// the sealing key (32 raw bytes each) and, until its owner deletes it, the
// recovery phrase. The account key is not kept.
type Keyring struct {
	dir         string
	certificate content.Certificate
	writer      WriterKey
	seal        SealingKey
}

// CreateKeyring makes the keyring of a new account, epoch 1, in a folder named
// after it below accounts. One that exists is left as it is, and is kind Exists.
// With keepPhrase the words are kept in phrase.txt.
func CreateKeyring(accounts string, phrase Phrase, keepPhrase bool, now time.Time) (*Keyring, error) {
	const op = "keys.CreateKeyring"
	k, err := newKeyring(accounts, phrase, firstEpoch, now)
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	switch _, err := os.Lstat(k.dir); {
	case err == nil:
		return nil, content.Errorf(op, content.Exists, "there is an account in "+k.dir+" already")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, content.E(op, content.Other, err)
	}
	if err := k.write(phrase, keepPhrase); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	return k, nil
}

// firstEpoch is that of a new account.
const firstEpoch = 1

func newKeyring(accounts string, phrase Phrase, epoch content.Epoch, now time.Time) (*Keyring, error) {
	account, err := phrase.AccountKey()
	if err != nil {
		return nil, err
	}
	seal, err := phrase.SealingKey(epoch)
	if err != nil {
		return nil, err
	}
	k := &Keyring{dir: filepath.Join(accounts, account.ID().Fingerprint()), writer: NewWriterKey(), seal: seal}
	k.certificate, err = account.Certify(epoch, k.writer.Public(), seal, now)
	return k, err
}

// write fills a temporary folder and moves it into place, so that a keyring is
// there whole or not at all.
func (k *Keyring) write(phrase Phrase, keepPhrase bool) error {
	certificate, err := EncodeCertificate(k.certificate)
	if err != nil {
		return err
	}
	files := map[string][]byte{certificateFile: certificate, writerFile: k.writer.seed(), sealFile: k.seal.bytes()}
	if keepPhrase {
		files[phraseFile] = []byte(strings.Join(phrase.Words(), " ") + "\n")
	}
	accounts := filepath.Dir(k.dir)
	if err := os.MkdirAll(accounts, 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(accounts, ".new-*") // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for name, b := range files {
		if err := WriteFile(filepath.Join(temporary, name), b); err != nil {
			return err
		}
	}
	if err := os.Rename(temporary, k.dir); err != nil {
		return err
	}
	return syncDir(accounts)
}

// OpenKeyring reads a keyring. Rights looser than 0700 for the folder and 0600
// for the files are refused, see [CheckPrivate]; keys that do not belong to the
// certificate are kind Corrupt.
func OpenKeyring(dir string) (*Keyring, error) {
	const op = "keys.OpenKeyring"
	k := &Keyring{dir: dir}
	if err := CheckPrivate(dir); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if err := k.read(); err != nil {
		return nil, content.E(op, content.Other, err)
	}
	if !bytes.Equal(k.writer.Public(), k.certificate.Writer) || !bytes.Equal(k.seal.Public(), k.certificate.Seal[SuiteX25519]) {
		return nil, content.Errorf(op, content.Corrupt, "the keys in "+dir+" are not those of its certificate: restore the folder from a copy")
	}
	return k, nil
}

func (k *Keyring) read() (err error) {
	if k.certificate, err = readKey(filepath.Join(k.dir, certificateFile), DecodeCertificate); err != nil {
		return err
	}
	if k.writer, err = readKey(filepath.Join(k.dir, writerFile), WriterKeyFromSeed); err != nil {
		return err
	}
	if k.seal, err = readKey(filepath.Join(k.dir, sealFile), SealingKeyFromBytes); err != nil {
		return err
	}
	if path, there := k.PhraseFile(); there {
		return CheckPrivate(path)
	}
	return nil
}

// readKey decodes a file that passes [CheckPrivate].
func readKey[T any](path string, decode func([]byte) (T, error)) (key T, err error) {
	b, err := readPrivate(path)
	if err != nil {
		return key, err
	}
	if key, err = decode(b); err != nil {
		return key, content.E("keys.readKey", content.Corrupt, fmt.Errorf("%s is damaged, restore it from a copy: %w", path, err))
	}
	return key, nil
}

// ListKeyrings returns the folders of the keyrings below accounts, sorted; none
// if the folder is missing.
func ListKeyrings(accounts string) ([]string, error) {
	entries, err := os.ReadDir(accounts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, content.E("keys.ListKeyrings", content.Other, err)
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			dirs = append(dirs, filepath.Join(accounts, e.Name()))
		}
	}
	slices.Sort(dirs)
	return dirs, nil
}

// ID returns the account.
func (k *Keyring) ID() content.AccountID { return k.certificate.Account }

// Certificate returns the certificate in force.
func (k *Keyring) Certificate() content.Certificate { return k.certificate }

// Writer returns the key that signs commits.
func (k *Keyring) Writer() WriterKey { return k.writer }

// PhraseFile returns where the recovery phrase is kept, and whether it is still
// there.
func (k *Keyring) PhraseFile() (path string, there bool) {
	path = filepath.Join(k.dir, phraseFile)
	_, err := os.Lstat(path)
	return path, err == nil
}
