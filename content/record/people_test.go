package record_test

import (
	"bytes"
	"sync"
	"time"

	"github.com/tyler-smith/go-bip39"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// person is an account with its phrase's keys and one writer.
type person struct {
	account keys.AccountKey
	phrase  keys.Phrase
	seed    []byte
	writer  keys.WriterKey
	cert    content.Certificate
}

// people returns some accounts, made from seeds that repeat.
var people = sync.OnceValue(func() []*person {
	list := make([]*person, 40)
	for i := range list {
		list[i] = newPerson(byte(i + 1))
	}
	return list
})

func newPerson(n byte) *person {
	p := &person{seed: bytes.Repeat([]byte{n}, 32)}
	p.phrase = must(keys.ParsePhrase(must(bip39.NewMnemonic(p.seed))))
	p.account = must(p.phrase.AccountKey())
	p.writer = must(keys.WriterKeyFromSeed(p.seed))
	p.cert = p.certify(1)
	return p
}

func (p *person) certify(epoch content.Epoch) content.Certificate {
	return must(p.account.Certify(epoch, p.writer.Public(), must(p.phrase.SealingKey(epoch)), time.Unix(1_700_000_000, 0)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ada() *person { return people()[0] }
func bob() *person { return people()[1] }
