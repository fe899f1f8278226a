package mailbox_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

func framed(t testing.TB, v any) []byte {
	b, err := dagcbor.Marshal(v)
	check(t, err)
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

// fixedTarget is whom the notices of golden messages are for: its key has the seed
// of 32 bytes 8.
func fixedTarget() content.AccountID {
	seed := bytes.Repeat([]byte{8}, ed25519.SeedSize)
	return content.AccountID(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
}

// fixedFriend is who introduces the actor: an account whose phrase is of 256 bits
// 01111111 (BIP-39's test vectors), its writer's seed 32 bytes 6.
func fixedFriend(t testing.TB) p2ptest.Account {
	const words = "legal winner thank year wave sausage worth useful "
	phrase, err := keys.ParsePhrase(words + words + "legal winner thank year wave sausage worth title")
	check(t, err)
	account, err := phrase.AccountKey()
	check(t, err)
	writer, err := keys.WriterKeyFromSeed(bytes.Repeat([]byte{6}, 32))
	check(t, err)
	seal, err := phrase.SealingKey(1)
	check(t, err)
	cert, err := account.Certify(1, writer.Public(), seal, p2ptest.Noon)
	check(t, err)
	return p2ptest.Account{ID: account.ID(), Cert: cert, Writer: writer}
}

// fixedNotices are of a record, of its deletion, and one with all that may be there.
func fixedNotices(t testing.TB) (told, gone, full mailbox.Notice) {
	actor, friend := bookOf(t, p2ptest.FixedAccount(t), p2ptest.Noon), bookOf(t, fixedFriend(t), p2ptest.Noon)
	target := fixedTarget()
	actor.shelf(12, 4)
	path := actor.follow(target)
	actor.commit()
	told = actor.notice(target, path)
	d := told.Draft()
	friend.follow(actor.account.ID)
	friend.commit()
	introduction := friend.says(followPath(actor.account.ID))
	d.Introduction = &introduction
	work, err := mailbox.Solve(p2ptest.Context(t), told.Puzzle(hard, p2ptest.Noon))
	check(t, err)
	full = verified(t, d).WithWork(work)
	actor.remove(path)
	actor.commit()
	return told, actor.notice(target, path), full
}

func TestGoldenMessages(t *testing.T) {
	told, gone, full := fixedNotices(t)
	node, account := p2ptest.FixedPeer(t, 9), p2ptest.FixedAccount(t)
	if full.ID() != told.ID() || full.Bits(p2ptest.Noon, 0) < hard {
		t.Error("the work is not for the notice")
	}
	deliver, err := mailbox.DeliverRequest(full, gone)
	check(t, err)
	collect, err := mailbox.CollectRequest(account.Cert, account.Writer, node, p2ptest.Noon, mailbox.Cursor{1, 2})
	check(t, err)
	messages := []p2ptest.Golden{
		p2ptest.Bytes("deliver", framed(t, deliver)),
		p2ptest.Bytes("answer to deliver", framed(t, mailbox.DeliverResponse(
			mailbox.Verdict{State: mailbox.Accepted}, mailbox.Verdict{State: mailbox.Held},
			mailbox.Verdict{State: mailbox.Pending, Bits: 20}, mailbox.Verdict{State: mailbox.Refused},
			mailbox.Verdict{State: mailbox.Later, Wait: 90 * time.Second}, mailbox.Verdict{State: mailbox.Unknown}))),
		p2ptest.Bytes("collect", framed(t, collect)),
		p2ptest.Bytes("last page", framed(t, mailbox.CollectResponse(mailbox.Cursor{1, 2}))),
		p2ptest.Bytes("no answer", framed(t, mailbox.Busy())),
	}
	named := []struct {
		name string
		n    mailbox.Notice
	}{{"notice of a record", told}, {"notice of a deletion", gone}, {"notice with introduction and work", full}}
	for _, n := range named {
		b, err := n.n.Encode()
		check(t, err)
		id := n.n.ID()
		messages = append(messages,
			p2ptest.Bytes(n.name, append(varint.ToUvarint(uint64(len(b))), b...)), p2ptest.Golden{Name: "ID of the " + n.name, Text: id.String()})
		if n.n.ID() == told.ID() {
			messages = append(messages, p2ptest.Bytes("page of the "+n.name, framed(t, mailbox.CollectResponse(mailbox.Cursor{3}, b))))
		}
	}
	p2ptest.CheckGolden(t, "What goes over a stream each way, lengths in front, notices as they are kept, and their IDs. "+
		"The target's key has the seed of 32 bytes 8. The account that introduces has the phrase of 256 bits 01111111 and a writer key of 32 bytes 6. "+
		"The work is for 12 bits. The node that is asked has a key of 32 bytes 9.", messages...)
}
