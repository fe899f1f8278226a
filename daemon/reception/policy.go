package reception

import (
	"context"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/content/store"
)

// Policy is what the owner of an account wants of comments. The zero Policy takes
// those of anyone.
type Policy struct {
	// Comments says who may comment on posts that do not say so themselves.
	Comments record.Commenters `cbor:"comments"`
	// Review has every comment wait for the owner, but the owner's own and those of
	// accounts that the owner follows.
	Review bool `cbor:"review"`
	// Words has comments wait, of whomever but the owner, in which one of these
	// stands, in whatever case.
	Words []string `cbor:"words"`
}

func (p Policy) validate() error {
	const op = "reception.Policy"
	switch p.Comments {
	case "", record.Followers, record.Following, record.Nobody:
	default:
		return content.Errorf(op, content.Invalid, "followers, following, nobody or anyone may comment")
	}
	if len(p.Words) > maxWords {
		return content.Errorf(op, content.TooLarge, "at most 200 words have comments wait")
	}
	for _, w := range p.Words {
		if fold(w) == "" || len(w) > maxWord {
			return content.Errorf(op, content.Invalid, "a word that has comments wait has 1 to 100 bytes")
		}
	}
	return nil
}

// Policy returns what was set for an account.
func (r *Reception) Policy(ctx context.Context, account content.AccountID) (p Policy, err error) {
	err = r.room.View(ctx, func(tx *store.Tx) (err error) {
		p, _, err = read[Policy](tx, key(tagPolicy, account[:]))
		return err
	})
	return p, err
}

// SetPolicy sets what counts for comments that come from now on. Kind Permission if
// the account is not hosted here, Invalid or TooLarge if the policy is none.
func (r *Reception) SetPolicy(ctx context.Context, account content.AccountID, p Policy) error {
	const op = "reception.SetPolicy"
	if err := p.validate(); err != nil {
		return content.E(op, content.Other, err)
	}
	if _, err := r.Replica.Writer(account); err != nil {
		return content.E(op, content.Other, err)
	}
	return r.update(ctx, 1024, func(tx *store.Tx) error { return write(tx, key(tagPolicy, account[:]), p) })
}

// ruling is what the owner's rules say of a notice.
type ruling int

const (
	accept ruling = iota
	hold          // until the owner has seen it
	refuse
	full // as many are held as may be
)

// rule applies the rules for comments; all else is taken.
func (c *hearing) rule() (ruling, error) {
	comment, ok := c.about.record.(*record.Comment)
	if !ok || c.pair.actor == c.pair.target || c.by == approved {
		return accept, nil
	}
	p, _, err := read[Policy](c.tx, key(tagPolicy, c.pair.target[:]))
	if err != nil {
		return refuse, err
	}
	if c.about.comment {
		if ok, err := c.mayComment(p); err != nil || !ok {
			return refuse, err
		}
	}
	if !(p.Review && !c.followed) && !p.catches(comment) {
		return accept, nil
	}
	n, _, err := readNumber(c.tx, c.countKey(review))
	if n >= MaxReview {
		return full, err
	}
	return hold, err
}

func (c *hearing) mayComment(p Policy) (bool, error) {
	who := c.about.policy
	if who == "" {
		who = p.Comments
	}
	switch who {
	case "":
		return true, nil
	case record.Followers:
		if c.follower {
			return true, nil
		}
		return c.tx.Has(c.pair.key(tagFollower))
	case record.Following:
		return c.followed, nil
	}
	return false, nil
}

// catches reports whether one of the words stands in a comment.
func (p Policy) catches(c *record.Comment) bool {
	if len(p.Words) == 0 {
		return false
	}
	text := fold(c.Spoiler + "\n" + c.Text)
	for _, w := range p.Words {
		if strings.Contains(text, fold(w)) {
			return true
		}
	}
	return false
}

// fold makes alike what differs in case, width or composition only (Unicode's NFKC
// and case folding).
func fold(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(s))))
}
