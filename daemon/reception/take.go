package reception

import (
	"encoding/binary"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
	"rossgram.app/p2p/mailbox"
)

// change is a comment that is to be listed under a post, or taken off.
type change struct {
	Seq    uint64 `cbor:"seq"`
	Record []byte `cbor:"record"` // empty: taken off
	Cert   []byte `cbor:"cert"`
}

// take accepts a notice: it is remembered, what it says counts, and the actor is no
// stranger any more.
func (c *hearing) take() (mailbox.Verdict, error) {
	b, _ := c.n.Record()
	s := stand{Record: b.CID.Bytes(), State: taken, Post: uint64(c.about.post)}.under(c.n)
	if err := c.setStand(s); err != nil {
		return mailbox.Verdict{}, err
	}
	if err := c.know(); err != nil {
		return mailbox.Verdict{}, err
	}
	if err := c.effect(); err != nil {
		return mailbox.Verdict{}, err
	}
	return verdict(mailbox.Accepted), c.hear()
}

// know remembers the actor and the epoch.
func (c *hearing) know() error {
	if there, err := c.tx.Has(c.pair.key(tagActor)); err != nil {
		return err
	} else if !there {
		if err := c.tx.Set(c.pair.key(tagActor), number(0)); err != nil {
			return err
		}
	}
	epoch := c.n.Head().Commit.Epoch
	if known, err := epochOf(c.tx, c.pair.actor); err != nil || known >= epoch {
		return err
	}
	return c.tx.Set(key(tagEpoch, c.pair.actor[:]), binary.BigEndian.AppendUint32(nil, uint32(epoch)))
}

// epochOf returns the highest epoch that is known of an account, 0 if none is.
func epochOf(tx *store.Tx, account content.AccountID) (content.Epoch, error) {
	b, err := tx.Get(key(tagEpoch, account[:]))
	if content.KindOf(err) == content.NotFound {
		return 0, nil
	}
	if err != nil || len(b) != 4 {
		return 0, err
	}
	return content.Epoch(binary.BigEndian.Uint32(b)), nil
}

// effect lists, counts or remembers what an accepted notice says.
func (c *hearing) effect() error {
	b, _ := c.n.Record()
	seq, err := c.r.next(c.tx)
	if err != nil {
		return err
	}
	post := postName{c.pair.target, c.about.post}
	switch collection := c.n.Path().Collection(); {
	case collection == content.CollectionFollow:
		return c.addFollower(seq)
	case post.tid == 0:
		return nil
	case collection == content.CollectionComment:
		cert, err := keys.EncodeCertificate(c.n.Head().Cert)
		if err != nil {
			return err
		}
		return c.change(post, c.n.Path(), change{seq, b.Data, cert})
	default:
		value := append(b.CID.Bytes(), number(seq)...)
		if err := c.tx.Set(ledgerKey(post, collection, c.pair.actor), value); err != nil {
			return err
		}
		return c.soil(post, collection, seq)
	}
}

// change notes what is to be done with a comment.
func (c *hearing) change(post postName, path content.Path, ch change) error {
	tid, err := content.ParseTID(path.RecordKey())
	if err != nil {
		return err
	}
	if err := write(c.tx, post.key(tagChange, c.pair.actor[:], number(uint64(tid))), ch); err != nil {
		return err
	}
	return c.soil(post, content.CollectionComment, ch.Seq)
}

// takeOff undoes what stands of a path. The caller says what stands in its place.
func (c *hearing) takeOff(p pair, path content.Path, s stand) error {
	if len(s.Wait) > 0 {
		return c.unwait(p.target, s)
	}
	if s.State != taken {
		return nil
	}
	post := postName{p.target, content.TID(s.Post)}
	collection := path.Collection()
	if collection == content.CollectionFollow {
		return c.dropFollower()
	}
	if post.tid == 0 {
		return nil
	}
	seq, err := c.r.next(c.tx)
	if err != nil {
		return err
	}
	if collection == content.CollectionComment {
		return c.change(post, path, change{Seq: seq})
	}
	if err := c.tx.Delete(ledgerKey(post, collection, p.actor)); err != nil {
		return err
	}
	return c.soil(post, collection, seq)
}

// dirty is what of a post's list is to be brought up to date: the seq of the latest
// change of each kind, 0 for what is up to date.
type dirty struct {
	Comments uint64 `cbor:"comments"`
	Likes    uint64 `cbor:"likes"`
	Reblogs  uint64 `cbor:"reblogs"`
}

// of returns the seq of a kind of response.
func (d *dirty) of(c content.Collection) *uint64 {
	switch c {
	case content.CollectionLike:
		return &d.Likes
	case content.CollectionReblog:
		return &d.Reblogs
	}
	return &d.Comments
}

// soil notes that a post's list is to be brought up to date.
func (c *hearing) soil(post postName, kind content.Collection, seq uint64) error {
	d, _, err := read[dirty](c.tx, post.key(tagDirty))
	if err != nil {
		return err
	}
	*d.of(kind) = seq
	c.dirty = true
	return write(c.tx, post.key(tagDirty), d)
}
