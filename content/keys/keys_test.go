package keys_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// must passes on a value that a test cannot go on without.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func certify(t testing.TB, epoch content.Epoch, writer keys.WriterKey) content.Certificate {
	t.Helper()
	phrase := must(keys.ParsePhrase(zeroPhrase))
	return must(must(phrase.AccountKey()).Certify(epoch, writer.Public(), must(phrase.SealingKey(epoch)), noon))
}

// unsigned takes sig out of a certificate's map, without the package's help.
func unsigned(t testing.TB, c content.Certificate) []byte {
	t.Helper()
	var fields map[string]dagcbor.RawValue
	if err := dagcbor.Unmarshal(must(keys.EncodeCertificate(c)), &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "sig")
	return must(dagcbor.Marshal(fields))
}

func cidOf(t testing.TB, c content.Certificate) string {
	t.Helper()
	return content.Sum(content.DagCBOR, must(keys.EncodeCertificate(c))).String()
}

func TestNewPhrase(t *testing.T) {
	a, b := must(keys.NewPhrase()), must(keys.NewPhrase())
	if a.Equal(b) || len(a.Words()) != keys.PhraseWords {
		t.Fatal("not two phrases of 24 words")
	}
	if again := must(keys.ParsePhrase(strings.Join(a.Words(), " "))); !again.Equal(a) {
		t.Error("a phrase read back is another")
	}
	if must(a.AccountKey()).ID() == must(b.AccountKey()).ID() {
		t.Error("two phrases, one account")
	}
}

func TestParsePhrase(t *testing.T) {
	want := must(keys.ParsePhrase(zeroPhrase))
	for name, s := range map[string]string{
		"white space":  "\t " + strings.ReplaceAll(zeroPhrase, " ", " \r\n\u3000\u00a0") + "\n",
		"upper case":   strings.ToUpper(zeroPhrase),
		"full width":   strings.Map(func(r rune) rune { return r - 'a' + 'ａ' }, "abandon") + zeroPhrase[7:],
		"phone's caps": "Abandon" + zeroPhrase[7:],
	} {
		if got, err := keys.ParsePhrase(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ phrase, want string }{
		"empty":          {"", "24 words, not 0"},
		"23 words":       {strings.TrimSuffix(zeroPhrase, " art"), "24 words, not 23"},
		"25 words":       {zeroPhrase + " art", "24 words, not 25"},
		"12 words":       {strings.Repeat("abandon ", 11) + "about", "24 words, not 12"},
		"wrong word":     {strings.Replace(zeroPhrase, "abandon", "abandom", 1), "word 1 of the recovery phrase is not one of the list"},
		"wrong last":     {strings.Replace(zeroPhrase, "art", "artt", 1), "word 24 of"},
		"wrong checksum": {strings.Replace(zeroPhrase, "art", "zoo", 1), "do not belong together"},
		"wrong order":    {"art " + strings.TrimSuffix(zeroPhrase, " art"), "do not belong together"},
		"a megabyte":     {strings.Repeat("abandon ", 1<<17), "24 short words"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keys.ParsePhrase(c.phrase)
			if err == nil || !strings.Contains(content.Message(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if strings.Contains(fmt.Sprint(err), "aband") || strings.Contains(fmt.Sprint(err), "art") {
				t.Errorf("the message repeats a word: %v", err)
			}
		})
	}
}

// Secrets must not reach a log, whichever way they are held or printed.
func TestSecretsAreNotPrinted(t *testing.T) {
	phrase := must(keys.ParsePhrase(zeroPhrase))
	seed := bytes.Repeat([]byte{0xab}, 32)
	type holder struct {
		phrase  keys.Phrase
		account keys.AccountKey
		writer  keys.WriterKey
		seal    keys.SealingKey
	}
	h := holder{phrase, must(phrase.AccountKey()), must(keys.WriterKeyFromSeed(seed)), must(keys.SealingKeyFromBytes(seed))}
	private := derived(t, bip39Seed(t, zeroPhrase, ""), "rossgram/1/account")
	secrets := []string{"abandon", fmt.Sprintf("%x", "abandon"), fmt.Sprintf("%x", seed[:4]), "171 171", "0xab, 0xab", fmt.Sprint(private[:4])[1:10]}
	for _, v := range []any{h, &h, h.phrase, h.account, h.writer, h.seal, []keys.WriterKey{h.writer}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			out := fmt.Sprintf(verb, v)
			if i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(strings.ToLower(out), s) }); i >= 0 {
				t.Errorf("%s of %T prints %q: %s", verb, v, secrets[i], out)
			}
		}
	}
}

func TestSignatureIsOfOneDomain(t *testing.T) {
	writer, m := keys.NewWriterKey(), []byte("message")
	sig := writer.Sign(keys.DomainCommit, m)
	if !keys.Verify(writer.Public(), keys.DomainCommit, m, sig) {
		t.Fatal("a signature does not verify")
	}
	flipped := slices.Clone(sig)
	flipped[63] ^= 1
	for name, ok := range map[string]bool{
		"other domain":      keys.Verify(writer.Public(), keys.DomainInvite, m, sig),
		"other message":     keys.Verify(writer.Public(), keys.DomainCommit, []byte("massage"), sig),
		"other key":         keys.Verify(keys.NewWriterKey().Public(), keys.DomainCommit, m, sig),
		"flipped bit":       keys.Verify(writer.Public(), keys.DomainCommit, m, flipped),
		"no signature":      keys.Verify(writer.Public(), keys.DomainCommit, m, nil),
		"no key":            keys.Verify(nil, keys.DomainCommit, m, sig),
		"moved domain text": keys.Verify(writer.Public(), "rossgram/1/commi", append([]byte("t\x00"), m...), sig),
	} {
		if ok {
			t.Errorf("%s: verifies", name)
		}
	}
}
