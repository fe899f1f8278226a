package reception

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// kept is a notice for a mirrored account.
type kept struct {
	Actor  content.AccountID `cbor:"actor"`
	Path   content.Path      `cbor:"path"`
	Notice []byte            `cbor:"notice"`
}

// place is where the newest notice of an actor's path is kept.
type place struct {
	Seq   uint64        `cbor:"seq"`
	Epoch content.Epoch `cbor:"epoch"`
	Rev   uint64        `cbor:"rev"`
	Size  int           `cbor:"size"`
}

func (p place) version() content.Version {
	return content.Version{Epoch: p.Epoch, Rev: content.TID(p.Rev)}
}

// usage is what is kept for one account, or for all.
type usage struct {
	Count int   `cbor:"count"`
	Bytes int64 `cbor:"bytes"`
}

func (u usage) plus(count int, bytes int64) usage {
	return usage{max(u.Count+count, 0), max(u.Bytes+bytes, 0)}
}

// The keys of usage: of an account, and of all.
func usageKey(target content.AccountID) []byte { return key(tagUsage, target[:]) }

var usageOfAll = []byte{tagUsage}

// keep keeps a notice for a mirrored account until a node that hosts it collects it.
// Whom the account knows, and what it has deleted, this node need not know: only what
// the record itself says is looked at.
func (r *Reception) keep(ctx context.Context, n mailbox.Notice) (mailbox.Verdict, error) {
	if _, err := claimOf(n); err != nil {
		return mailbox.Verdict{}, err
	}
	if _, there := n.Record(); !there && !mayBeDeleted(n) {
		return mailbox.Verdict{}, errNotAbout
	}
	b, err := n.Encode()
	if err != nil {
		return mailbox.Verdict{}, err
	}
	epoch, err := r.epochHeld(ctx, n.Actor())
	if err != nil {
		return mailbox.Verdict{}, err
	}
	var v mailbox.Verdict
	err = r.update(ctx, len(b)+512, func(tx *store.Tx) (err error) {
		k := keeping{r: r, tx: tx, pair: pairOf(n), n: n, encoded: b, epoch: epoch}
		v, err = k.judge()
		return err
	})
	return v, err
}

// mayBeDeleted reports whether a path is one of a record that is for others.
func mayBeDeleted(n mailbox.Notice) bool {
	switch collection, rkey := n.Path().Split(); collection {
	case content.CollectionFollow:
		return rkey == record.FollowKey(n.Target())
	case content.CollectionLike, content.CollectionReblog, content.CollectionComment, content.CollectionPost:
		return true
	}
	return false
}

// keeping is one notice for a mirrored account, on its way to being kept.
type keeping struct {
	r       *Reception
	tx      *store.Tx
	pair    pair
	n       mailbox.Notice
	encoded []byte
	epoch   content.Epoch
}

func (k *keeping) judge() (mailbox.Verdict, error) {
	known, err := epochOf(k.tx, k.pair.actor)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if k.n.Head().Commit.Epoch < max(known, k.epoch) {
		return verdict(mailbox.Refused), nil
	}
	at := k.pair.key(tagPlace, []byte(k.n.Path()))
	old, there, err := read[place](k.tx, at)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if there && old.version().Compare(k.n.Head().Version()) >= 0 {
		return verdict(mailbox.Held), nil
	}
	if there {
		if err := forgetKept(k.tx, k.pair, k.n.Path(), old); err != nil {
			return mailbox.Verdict{}, err
		}
	}
	return k.put(at, there)
}

// put keeps a notice if there is room; one that takes another's place had some.
func (k *keeping) put(at []byte, instead bool) (mailbox.Verdict, error) {
	mine, _, err := read[usage](k.tx, usageKey(k.pair.target))
	if err != nil {
		return mailbox.Verdict{}, err
	}
	all, _, err := read[usage](k.tx, usageOfAll)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	ofActor, _, err := readNumber(k.tx, k.pair.key(tagOfActor))
	if err != nil {
		return mailbox.Verdict{}, err
	}
	size := int64(len(k.encoded))
	if !instead {
		if v, ok := k.fits(mine.plus(1, size), all.plus(1, size), ofActor+1); !ok {
			return v, nil
		}
	}
	seq, err := k.r.next(k.tx)
	if err != nil {
		return mailbox.Verdict{}, err
	}
	head := k.n.Head().Version()
	for _, set := range []struct {
		key   []byte
		value any
	}{
		{keptKey(k.pair.target, seq), kept{k.pair.actor, k.n.Path(), k.encoded}},
		{at, place{seq, head.Epoch, uint64(head.Rev), len(k.encoded)}},
		{usageKey(k.pair.target), mine.plus(1, size)},
		{usageOfAll, all.plus(1, size)},
	} {
		if err := write(k.tx, set.key, set.value); err != nil {
			return mailbox.Verdict{}, err
		}
	}
	_, err = add(k.tx, k.pair.key(tagOfActor), 1)
	return verdict(mailbox.Held), err
}

// fits says what is answered if there is no room. The second half of an account's room
// is for those who worked for it or are introduced: a mirror can't tell who is strange
// to the account, and strangers shall not fill it.
func (k *keeping) fits(mine, all usage, ofActor uint64) (mailbox.Verdict, bool) {
	if mine.Count > MaxKept || mine.Bytes > MaxKeptBytes || all.Bytes > maxKeptBytesAll || ofActor > MaxKeptOfActor {
		return mailbox.Verdict{State: mailbox.Later, Wait: waitRoom}, false
	}
	if mine.Count <= MaxKept/2 && mine.Bytes <= MaxKeptBytes/2 {
		return mailbox.Verdict{}, true
	}
	_, introduced := k.n.Introduction()
	if introduced || k.n.Bits(k.r.Now(), mailbox.Fresh) >= k.r.Bits {
		return mailbox.Verdict{}, true
	}
	return mailbox.Verdict{State: mailbox.Pending, Bits: k.r.Bits}, false
}

func keptKey(target content.AccountID, seq uint64) []byte {
	return key(tagKept, target[:], number(seq))
}
