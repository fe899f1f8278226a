package reception

import (
	"bytes"
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

func (c *hearing) countKey(class state) []byte { return countKey(c.pair.target, class) }

func countKey(target content.AccountID, class state) []byte {
	return key(tagCount, target[:], []byte(class))
}

// classPrefix is that of the notices of a target that wait for one reason.
func classPrefix(target content.AccountID, class state) []byte {
	return key(tagWaiting, target[:], []byte{class[0]})
}

// strange has a stranger's notice wait, if there is room, and says what work would
// help.
func (c *hearing) strange(old stand, price int) (mailbox.Verdict, error) {
	pending := mailbox.Verdict{State: mailbox.Pending, Bits: price}
	b, _ := c.n.Record()
	if old.isRecord(b.CID) && old.State == strange && waitingBits(old.Wait) >= c.bits {
		return pending, c.setStand(old.under(c.n))
	}
	if len(c.encoded) > maxStrangeSize || !c.r.rates.spend(c.pair, RateAnHour, c.now) {
		return pending, nil
	}
	if err := c.takeOff(c.pair, c.n.Path(), old); err != nil {
		return mailbox.Verdict{}, err
	}
	if ok, err := c.makeRoom(); err != nil || !ok {
		if old.State != "" && err == nil {
			err = c.setStand(stand{State: gone}.under(c.n))
		}
		return pending, err
	}
	_, err := c.wait(strange, c.bits)
	return pending, err
}

// makeRoom drops the notice with the least work, and of these the oldest, if as many
// wait as may. It is false if the new one has less.
func (c *hearing) makeRoom() (bool, error) {
	n, _, err := readNumber(c.tx, c.countKey(strange))
	if err != nil || n < MaxStrangers {
		return true, err
	}
	var first, value []byte
	prefix := classPrefix(c.pair.target, strange)
	if err := c.tx.Scan(store.Span{Prefix: prefix}, func(k, v []byte) bool {
		first, value = k, v
		return false
	}); err != nil {
		return false, err
	}
	if first == nil || waitingBits(first) > c.bits {
		return false, nil
	}
	return true, dropWaiting(c.tx, first, value)
}

// dropWaiting forgets a notice that waits.
func dropWaiting(tx *store.Tx, k, value []byte) error {
	var w waiting
	if err := dagcbor.Unmarshal(value, &w); err != nil {
		return err
	}
	target := content.AccountID(k[1:33])
	sk := standKey(pair{target, w.Actor}, w.Path)
	s, there, err := read[stand](tx, sk)
	if err != nil {
		return err
	}
	if there && bytes.Equal(s.Wait, k) {
		if err := tx.Delete(sk); err != nil {
			return err
		}
	}
	return remove(tx, target, k)
}

// remove takes a notice that waits out and counts it.
func remove(tx *store.Tx, target content.AccountID, k []byte) error {
	if err := tx.Delete(k); err != nil {
		return err
	}
	_, err := add(tx, countKey(target, classOf(k)), -1)
	return err
}

func classOf(k []byte) state {
	if k[33] == strange[0] {
		return strange
	}
	return review
}

// wait keeps a notice until it is known more, or the owner has seen it.
func (c *hearing) wait(class state, bits int) (mailbox.Verdict, error) {
	seq, err := c.r.next(c.tx)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	k := append(append(classPrefix(c.pair.target, class), byte(bits)), number(seq)...)
	if err := write(c.tx, k, waiting{c.pair.actor, c.n.Path(), c.encoded}); err != nil {
		return mailbox.Verdict{}, err
	}
	if _, err := add(c.tx, c.countKey(class), 1); err != nil {
		return mailbox.Verdict{}, err
	}
	if class == review {
		if err := c.know(); err != nil {
			return mailbox.Verdict{}, err
		}
	}
	b, _ := c.n.Record()
	s := stand{Record: b.CID.Bytes(), State: class, Post: uint64(c.about.post), Wait: k}.under(c.n)
	return verdict(mailbox.Accepted), c.setStand(s)
}

// unwait takes what a stand waits with out.
func (c *hearing) unwait(target content.AccountID, s stand) error {
	return remove(c.tx, target, s.Wait)
}

// waitingBits returns the work that the key of a waiting notice tells.
func waitingBits(k []byte) int {
	if len(k) != 1+32+1+1+8 {
		return 0
	}
	return int(k[34])
}

// waitingSince returns the seq in such a key.
func waitingSince(k []byte) uint64 {
	if len(k) != 1+32+1+1+8 {
		return 0
	}
	return binary.BigEndian.Uint64(k[35:])
}
