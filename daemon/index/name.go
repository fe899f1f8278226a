package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

const (
	maxFolded   = 256 // bytes of a folded name
	maxWords    = 8   // of a name that it is found by
	maxExamined = 500 // names that one search looks at
	maxFound    = 80  // accounts that one search returns
)

// fold returns a name as it is compared: compatibility forms resolved, without
// accents and case, and without what is no letter or digit.
func fold(name string) string {
	var b strings.Builder
	for _, r := range cases.Fold().String(norm.NFKD.String(name)) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mc, r): // Mc: vowels of Indic scripts
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			b.WriteByte(' ')
		}
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	for n := maxFolded; n < len(s); n-- {
		if utf8.RuneStart(s[n]) {
			return strings.TrimSpace(s[:n])
		}
	}
	return s
}

// nameKeys returns the keys by which a folded name is found: as a whole, and from
// each later word on.
func nameKeys(folded string, id content.AccountID) [][]byte {
	var keys [][]byte
	for ok := folded != ""; ok && len(keys) < maxWords; {
		keys = append(keys, key(tagName, []byte(folded), []byte{0}, id[:]))
		_, folded, ok = strings.Cut(folded, " ")
	}
	return keys
}

// setProfile enters a profile by its name; the zero digest takes it away.
func (e *edit) setProfile(id content.AccountID, digest [digestLen]byte, name string) error {
	s, err := e.account(id)
	if err != nil {
		return err
	}
	for _, k := range nameKeys(s.name, id) {
		if err := e.tx.Delete(k); err != nil {
			return err
		}
	}
	s.profile, s.name = digest, fold(name)
	for _, k := range nameKeys(s.name, id) {
		if err := e.tx.Set(k, nil); err != nil {
			return err
		}
	}
	return nil
}

// Lookup returns the account of a fingerprint, whatever name stands before it,
// or, where that is empty, of a name, case and accents aside: first among those
// that a viewer of this node follows or is, then among all that are known here.
// Kind NotFound if there is none, Conflict if there are several.
func (ix *Index) Lookup(ctx context.Context, name, fingerprint string) (Account, error) {
	const op = "index.Lookup"
	if fingerprint != "" {
		return ix.byFingerprint(ctx, strings.ToLower(fingerprint))
	}
	found, err := ix.named(ctx, fold(name))
	if err != nil {
		return Account{}, content.E(op, content.Other, err)
	}
	near, err := ix.near(ctx, found)
	if err != nil {
		return Account{}, content.E(op, content.Other, err)
	}
	if len(near) > 0 {
		found = near
	}
	switch len(found) {
	case 0:
		return Account{}, notKnown(op, nil)
	case 1:
		return ix.Account(ctx, found[0])
	}
	return Account{}, content.Errorf(op, content.Conflict,
		"several accounts have this name: write it with the 16 characters behind it, such as "+name+"@"+found[0].Fingerprint())
}

func (ix *Index) byFingerprint(ctx context.Context, fp string) (Account, error) {
	for _, v := range ix.viewers {
		if v.Fingerprint() == fp {
			return ix.Account(ctx, v)
		}
	}
	var ids []content.AccountID
	var err error
	if len(fp) == content.FingerprintLen {
		ids, err = ix.accounts(ctx, key(tagFingerprint, []byte(fp)), 1)
	}
	if err != nil || len(ids) == 0 {
		return Account{}, notKnown("index.Lookup", err)
	}
	return ix.Account(ctx, ids[0])
}

// named returns the accounts whose whole name folds to name.
func (ix *Index) named(ctx context.Context, name string) (ids []content.AccountID, err error) {
	if name == "" {
		return nil, nil
	}
	all, err := ix.accounts(ctx, key(tagName, []byte(name), []byte{0}), maxExamined)
	if err != nil {
		return nil, err
	}
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		for _, id := range all {
			s, err := readAccount(tx, id)
			if err != nil {
				return err
			}
			if s.name == name { // else it is a later word of another name
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// near returns those of ids that are viewers or that one of them follows.
func (ix *Index) near(ctx context.Context, ids []content.AccountID) (near []content.AccountID, err error) {
	for _, id := range ids {
		is := ix.views(id)
		for _, v := range ix.viewers {
			follows, err := ix.Follows(ctx, v, id)
			if err != nil {
				return nil, err
			}
			is = is || follows
		}
		if is {
			near = append(near, id)
		}
	}
	return near, nil
}

// Search returns the accounts that a word of whose name, and what follows it,
// begins with q, case and accents aside: first those that viewer follows, then
// those of whom q is the whole name, then by that word. At most limit of them,
// and 80.
func (ix *Index) Search(ctx context.Context, viewer content.AccountID, q string, limit int) ([]Account, error) {
	const op = "index.Search"
	hits, err := ix.search(ctx, viewer, fold(q))
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.rank, a.rank) })
	var found []Account
	for _, h := range hits[:min(len(hits), max(limit, 0), maxFound)] {
		a, err := ix.Account(ctx, h.id)
		if err != nil {
			return nil, content.E(op, content.Other, err)
		}
		found = append(found, a)
	}
	return found, nil
}

type hit struct {
	id   content.AccountID
	rank int
}

func (ix *Index) search(ctx context.Context, viewer content.AccountID, q string) (hits []hit, err error) {
	if q == "" {
		return nil, nil
	}
	err = ix.kv.View(ctx, func(tx *store.Tx) error {
		keys, _, err := readPage(tx, store.Span{Prefix: key(tagName, []byte(q)), KeysOnly: true}, maxExamined)
		seen := make(map[content.AccountID]bool)
		for _, k := range keys {
			id := lastAccount(k)
			if seen[id] {
				continue
			}
			seen[id] = true
			s, err := readAccount(tx, id)
			if err != nil {
				return err
			}
			follows, err := tx.Has(pairKey(tagFollowing, viewer, id))
			if err != nil {
				return err
			}
			hits = append(hits, hit{id, rank(follows, s.name == q)})
		}
		return err
	})
	return hits, err
}

// rank puts whom one follows before strangers, and whole names before longer ones.
func rank(follows, whole bool) int {
	n := 0
	if follows {
		n += 2
	}
	if whole {
		n++
	}
	return n
}
