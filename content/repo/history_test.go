package repo_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
)

func TestVerifyHead(t *testing.T) {
	w := newWriter(t)
	good := w.commit(t, 0, nil, "root")
	check(t, repo.VerifyHead(good, noon))
	resign := func(change func(*content.Commit)) content.Head {
		c := good.Commit
		change(&c)
		h, err := repo.Sign(c, w.cert, w.key)
		check(t, err)
		return h
	}
	other := newWriter(t)
	for name, c := range map[string]struct {
		head content.Head
		want content.Kind
	}{
		"a signature with a bit turned": {forge(good), content.Invalid},
		"another root":                  {content.Head{Cert: good.Cert, Commit: withSig(w.commit(t, 0, nil, "x").Commit, good.Commit.Sig)}, content.Invalid},
		"another account's certificate": {content.Head{Cert: other.cert, Commit: good.Commit}, content.Invalid},
		"another epoch's certificate":   {content.Head{Cert: w.certify(t, 2).cert, Commit: good.Commit}, content.Invalid},
		"an old format":                 {resign(func(c *content.Commit) { c.Version = 2 }), content.Invalid},
		"a newer format":                {resign(func(c *content.Commit) { c.Version = 4 }), content.Unavailable},
		"no rev":                        {resign(func(c *content.Commit) { c.Rev = 0 }), content.Invalid},
		"no root":                       {content.Head{Cert: good.Cert, Commit: content.Commit{Version: 3, Account: w.cert.Account, Epoch: 1, Rev: 1}}, content.Invalid},
		"the zero head":                 {content.Head{}, content.Invalid},
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, repo.VerifyHead(c.head, noon), c.want) })
	}
}

func withSig(c content.Commit, sig []byte) content.Commit {
	c.Sig = sig
	return c
}

func forge(h content.Head) content.Head {
	h.Commit.Sig = slices.Clone(h.Commit.Sig)
	h.Commit.Sig[7] ^= 1
	return h
}

func TestAHeadFromTheFutureWaits(t *testing.T) {
	w := newWriter(t)
	check(t, repo.VerifyHead(w.commit(t, content.MaxClockSkew, nil, "root"), noon))
	err := repo.VerifyHead(w.commit(t, content.MaxClockSkew+time.Minute, nil, "root"), noon)
	wantKind(t, err, content.Unavailable)
	ahead, ok := errors.AsType[*repo.AheadError](err)
	if !ok || !ahead.Until.Equal(noon.Add(time.Minute)) {
		t.Errorf("it says to wait until %v", err)
	}
	wantKind(t, repo.VerifyHead(forge(w.commit(t, time.Hour, nil, "root")), noon), content.Invalid)
}

// chain signs n commits, a minute apart, and keeps their blocks.
func chain(t testing.TB, d *disk, w writer, from *content.Head, at time.Duration, n int, root string) []content.Head {
	var heads []content.Head
	for i := range n {
		h := w.commit(t, at+time.Duration(i)*time.Minute, from, root)
		d.add(block(t, h))
		heads, from = append(heads, h), &h
	}
	return heads
}

func TestSuccession(t *testing.T) {
	d, w := newDisk(), newWriter(t)
	ours := chain(t, d, w, nil, 0, 10, "ours")
	beside := chain(t, d, w, &ours[4], 5*time.Minute+time.Second, 5, "theirs")
	same := w.commit(t, 9*time.Minute, &ours[4], "theirs")
	anew := chain(t, d, w, nil, time.Hour, 3, "anew")
	next := w.certify(t, 2)
	moved := next.commit(t, 2*time.Hour, &ours[2], "moved")
	for name, c := range map[string]struct {
		older, newer content.Head
		want         repo.Relation
	}{
		"the same":                    {ours[3], ours[3], repo.Same},
		"the next":                    {ours[3], ours[4], repo.Succession},
		"a later one":                 {ours[0], ours[9], repo.Succession},
		"beside, but from before":     {ours[4], beside[4], repo.Succession},
		"beside":                      {ours[5], beside[0], repo.Forked},
		"far beside":                  {ours[9], beside[4], repo.Forked},
		"of the same rev":             {ours[9], same, repo.Forked},
		"a history begun anew":        {ours[9], anew[2], repo.Forked},
		"a higher epoch, from before": {ours[9], moved, repo.Succession},
	} {
		t.Run(name, func(t *testing.T) {
			older, newer := c.older, c.newer
			if newer.Version().Compare(older.Version()) < 0 {
				older, newer = newer, older
			}
			got, fork, err := repo.Succeeds(context.Background(), d, older, newer)
			check(t, err)
			if got != c.want || (fork != nil) != (got == repo.Forked) {
				t.Fatalf("got %v with evidence %v, want %v", got, fork, c.want)
			}
			if fork != nil {
				evidence(t, fork)
			}
		})
	}
	_, _, err := repo.Succeeds(context.Background(), d, ours[3], ours[2])
	wantKind(t, err, content.Invalid)
}

// evidence checks that a fork stands by itself, and only as it is.
func evidence(t *testing.T, f *repo.Fork) {
	t.Helper()
	b, err := f.Encode()
	check(t, err)
	got, err := repo.DecodeFork(b)
	check(t, err)
	if got.Later.Commit.Rev != f.Later.Commit.Rev {
		t.Error("changed on the way")
	}
	forged := *got
	forged.Later = forge(got.Later)
	wantKind(t, forged.Verify(), content.Invalid)
	twice := *got
	twice.Later = got.Earlier
	wantKind(t, twice.Verify(), content.Invalid)
	if got.Before != nil {
		less := *got
		less.Before = nil
		wantKind(t, less.Verify(), content.Invalid)
	}
}

func TestHonestHistoryIsNoFork(t *testing.T) {
	d, w := newDisk(), newWriter(t)
	h := chain(t, d, w, nil, 0, 3, "x")
	for name, f := range map[string]repo.Fork{
		"a commit and the next":        {Earlier: h[0], Later: h[1]},
		"with the commit between":      {Earlier: h[0], Later: h[2], Before: &h[1].Commit},
		"with the older as the before": {Earlier: h[0], Later: h[1], Before: &h[0].Commit},
		"the wrong way round":          {Earlier: h[1], Later: h[0]},
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, f.Verify(), content.Invalid) })
	}
}

func TestSuccessionIsUnknownWithoutTheCommitsBetween(t *testing.T) {
	d, w := newDisk(), newWriter(t)
	heads := chain(t, d, w, nil, 0, 10, "x")
	delete(d.blocks, block(t, heads[5]).CID)
	got, fork, err := repo.Succeeds(context.Background(), d, heads[0], heads[9])
	if got != repo.Unknown || fork != nil || err != nil {
		t.Errorf("%v %v %v", got, fork, err)
	}
}

func TestAHistoryThatGoesBackInTimeIsRefused(t *testing.T) {
	d, w := newDisk(), newWriter(t)
	first := chain(t, d, w, nil, 0, 1, "x")[0]
	late := chain(t, d, w, &first, time.Hour, 1, "x")[0]
	bad := chain(t, d, w, &late, time.Minute, 1, "x")[0]
	_, _, err := repo.Succeeds(context.Background(), d, first, bad)
	wantKind(t, err, content.Invalid)
}

func TestOneEpochCertifiedTwice(t *testing.T) {
	w := newWriter(t)
	twin := w.certify(t, 1)
	f := &repo.Fork{Earlier: w.commit(t, 0, nil, "a"), Later: twin.commit(t, time.Minute, nil, "b")}
	check(t, f.Verify())
	one, ok, err := f.Prevails()
	check(t, err)
	swapped := &repo.Fork{Earlier: f.Later, Later: f.Earlier}
	other, ok2, err := swapped.Prevails()
	check(t, err)
	if !ok || !ok2 || one.Commit.Rev != other.Commit.Rev {
		t.Error("two readers do not agree on which certificate counts")
	}
}
