package reception

import (
	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/p2p/mailbox"
)

func verdict(s mailbox.State) mailbox.Verdict { return mailbox.Verdict{State: s} }

// judge says what becomes of a notice, and does it. Nothing else changes the room
// meanwhile.
func (c *hearing) judge() (mailbox.Verdict, error) {
	if ok, err := c.admitted(); err != nil || !ok {
		return verdict(mailbox.Refused), err
	}
	old, known, err := read[stand](c.tx, c.standKey())
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if c.by != approved && known && old.version().Compare(c.n.Head().Version()) >= 0 && old.settles(c.n) {
		return c.r.standing(old), nil
	}
	b, there := c.n.Record()
	switch {
	case !there:
		return c.deleted(old, known)
	case old.State == off && c.by != approved: // for good, in whatever version
		return verdict(mailbox.Refused), c.setStand(old.under(c.n))
	case old.isRecord(b.CID) && (old.State == taken || old.State == review && c.by != approved):
		return verdict(mailbox.Accepted), c.setStand(old.under(c.n))
	}
	if c.about.record == nil { // it was known a moment ago
		return mailbox.Verdict{State: mailbox.Later, Wait: waitRate}, nil
	}
	return c.news(old)
}

// under is a stand under a notice's head.
func (s stand) under(n mailbox.Notice) stand {
	s.Epoch, s.Rev = n.Head().Commit.Epoch, uint64(n.Head().Commit.Rev)
	return s
}

func (c *hearing) standKey() []byte { return standKey(c.pair, c.n.Path()) }

func (c *hearing) setStand(s stand) error { return write(c.tx, c.standKey(), s) }

// admitted reports whether the actor may speak at all: under a certificate that is
// not revoked, as far as is known, and not blocked.
func (c *hearing) admitted() (bool, error) {
	epoch := c.n.Head().Commit.Epoch
	known, err := epochOf(c.tx, c.pair.actor)
	if err != nil || epoch < max(known, c.epoch) {
		return false, err
	}
	shut, err := c.tx.Has(c.pair.key(tagBlocked))
	return !shut, err
}

// deleted takes what the actor has deleted off. Of a path that nothing is known of,
// it is remembered that there is nothing, since what was there may come later; but
// only of somebody who is known.
func (c *hearing) deleted(old stand, known bool) (mailbox.Verdict, error) {
	if known && old.State == gone {
		return verdict(mailbox.Accepted), c.setStand(old.under(c.n))
	}
	if !known {
		ok, err := c.mayBeBlind()
		if err != nil || !ok {
			return verdict(mailbox.Refused), err
		}
	}
	if !c.spend(2 * RateAnHour) {
		return mailbox.Verdict{State: mailbox.Later, Wait: waitRate}, nil
	}
	if err := c.takeOff(c.pair, c.n.Path(), old); err != nil {
		return mailbox.Verdict{}, err
	}
	if old.State == strange { // nothing of a stranger is remembered for good
		return verdict(mailbox.Accepted), c.tx.Delete(c.standKey())
	}
	s := stand{State: gone}.under(c.n)
	if old.State == off {
		s.State = off
	}
	if err := c.setStand(s); err != nil {
		return mailbox.Verdict{}, err
	}
	if old.State == taken {
		return verdict(mailbox.Accepted), c.hear()
	}
	return verdict(mailbox.Accepted), nil
}

// mayBeBlind counts a deletion of which nothing is known.
func (c *hearing) mayBeBlind() (bool, error) {
	switch c.n.Path().Collection() {
	case content.CollectionFollow:
		if c.n.Path().RecordKey() != record.FollowKey(c.pair.target) {
			return false, nil
		}
	case content.CollectionLike, content.CollectionReblog, content.CollectionComment, content.CollectionPost:
	default:
		return false, nil
	}
	n, known, err := readNumber(c.tx, c.pair.key(tagActor))
	if err != nil || !known && !c.trusted || n >= maxBlind {
		return false, err
	}
	return true, c.tx.Set(c.pair.key(tagActor), number(n+1))
}

func (c *hearing) spend(limit int) bool {
	return c.by >= local || c.r.rates.spend(c.pair, limit, c.now)
}

// news judges a record that was not known. What it takes the place of does not stand
// any more, whatever becomes of it.
func (c *hearing) news(old stand) (mailbox.Verdict, error) {
	known, err := c.known()
	if err != nil {
		return mailbox.Verdict{}, err
	}
	price := c.r.rates.price(c.pair.target, c.r.Bits, c.now)
	worked := !known && c.bits >= price
	if !known && !worked {
		return c.strange(old, price)
	}
	if !c.spend(RateAnHour) {
		return mailbox.Verdict{State: mailbox.Later, Wait: waitRate}, nil
	}
	ruling, err := c.rule()
	if err != nil {
		return mailbox.Verdict{}, err
	}
	if ruling == full {
		return mailbox.Verdict{State: mailbox.Later, Wait: waitRoom}, nil
	}
	if err := c.takeOff(c.pair, c.n.Path(), old); err != nil {
		return mailbox.Verdict{}, err
	}
	if worked {
		c.r.rates.letIn(c.pair.target, c.now)
	}
	switch ruling {
	case refuse:
		if old.State == "" {
			return verdict(mailbox.Refused), nil
		}
		return verdict(mailbox.Refused), c.setStand(stand{State: gone}.under(c.n))
	case hold:
		return c.wait(review, 0)
	}
	return c.take()
}

// known reports whether the actor is no stranger.
func (c *hearing) known() (bool, error) {
	if c.trusted {
		return true, nil
	}
	return c.tx.Has(c.pair.key(tagActor))
}
