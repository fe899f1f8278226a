package access_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
	"rossgram.app/daemon/access"
)

var anna = content.AccountID{1}

// home is a store and a clock.
type home struct {
	dir string
	now time.Time
}

func (h *home) open(t *testing.T) *access.Access {
	t.Helper()
	st, err := store.Open(t.Context(), h.dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, err := access.Open(t.Context(), st.State().Bucket("access/"), func() time.Time { return h.now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newHome(t *testing.T) *home { return &home{t.TempDir(), time.Unix(1_700_000_000, 0)} }

func wantKind(t *testing.T, err error, kind content.Kind, words string) {
	t.Helper()
	if content.KindOf(err) != kind || err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%v (%v), want %v with %q", err, content.KindOf(err), kind, words)
	}
}

func TestATokenOutlivesARestartAndARevokedOneDoesNot(t *testing.T) {
	h := newHome(t)
	var kept, revoked string
	t.Run("first run", func(t *testing.T) {
		a := h.open(t)
		var err error
		if _, kept, err = a.Create(t.Context(), anna, "phone", access.Scopes{access.Read}); err != nil {
			t.Fatal(err)
		}
		var gone access.Token
		if gone, revoked, err = a.Create(t.Context(), anna, "old phone", access.Scopes{access.Read}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Authenticate(t.Context(), revoked); err != nil {
			t.Fatal(err)
		}
		if err := a.Revoke(t.Context(), anna, gone.ID); err != nil {
			t.Fatal(err)
		}
		_, err = a.Authenticate(t.Context(), revoked)
		wantKind(t, err, content.Permission, "revoked")
		wantKind(t, a.Revoke(t.Context(), anna, gone.ID), content.NotFound, gone.ID)
	})
	t.Run("second run", func(t *testing.T) {
		a := h.open(t)
		token, err := a.Authenticate(t.Context(), kept)
		if err != nil || token.Name != "phone" || token.Account != anna {
			t.Errorf("%+v, %v", token, err)
		}
		_, err = a.Authenticate(t.Context(), revoked)
		wantKind(t, err, content.Permission, "revoked")
		if list := a.List(anna); len(list) != 1 || list[0].LastUsed != h.now.Unix() {
			t.Errorf("listed: %+v", list)
		}
	})
}

func TestAnAccountsTokensAreItsOwn(t *testing.T) {
	a := newHome(t).open(t)
	token, _, err := a.Create(t.Context(), anna, "phone", access.Everything())
	if err != nil {
		t.Fatal(err)
	}
	ben := content.AccountID{2}
	if list := a.List(ben); len(list) != 0 {
		t.Errorf("ben sees %+v", list)
	}
	wantKind(t, a.Revoke(t.Context(), ben, token.ID), content.NotFound, "no token")
}

func TestWhatCanBeNoToken(t *testing.T) {
	a := newHome(t).open(t)
	create := func(name string, s ...access.Scope) error {
		_, _, err := a.Create(t.Context(), anna, name, s)
		return err
	}
	wantKind(t, create("", access.Read), content.Invalid, "needs a name")
	wantKind(t, create("a\nb", access.Read), content.Invalid, "one line")
	wantKind(t, create(strings.Repeat("n", access.MaxName+1), access.Read), content.Invalid, "at most")
	wantKind(t, create("n"), content.Invalid, "some scopes")
	wantKind(t, create("n", "everything"), content.Invalid, `"everything"`)
	wantKind(t, create("n", "admin:media"), content.Invalid, "admin:media")
	if err := create("n", access.Read); err != nil {
		t.Fatal(err)
	}
	wantKind(t, create("n", access.Read), content.Exists, "another name")
}

func TestTokensAreBounded(t *testing.T) {
	a := newHome(t).open(t)
	var err error
	for i := 0; i <= access.MaxTokens && err == nil; i++ {
		_, _, err = a.Create(t.Context(), anna, fmt.Sprint(i), access.Scopes{access.Read})
	}
	wantKind(t, err, content.Quota, "revoke some")
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		has  access.Scopes
		need access.Scope
		want bool
	}{
		{access.Scopes{"write"}, "write:media", true},
		{access.Scopes{"write:media"}, "write:media", true},
		{access.Scopes{"write:media"}, "write", false},
		{access.Scopes{"write:media"}, "write:statuses", false},
		{access.Scopes{"read"}, "write:media", false},
		{access.Scopes{"follow"}, "write:follows", true},
		{access.Scopes{"follow"}, "write:statuses", false},
		{access.Scopes{"read"}, "profile", true},
		{access.Scopes{"read:accounts"}, "profile", true},
		{access.Scopes{"profile"}, "profile", true},
		{access.Scopes{"profile"}, "read:accounts", false},
		{access.Scopes{"write"}, "profile", false},
		{access.Scopes{"read"}, "push", false},
		{access.Scopes{"read:statuses"}, "read", false},
		{access.BrowserScopes(), "admin", false},
		{access.Everything(), "admin", true},
	} {
		if got := c.has.Allow(c.need); got != c.want {
			t.Errorf("%v for %v: %v", c.has, c.need, got)
		}
	}
}

func TestALinkSignsInOnceAndNotTooLate(t *testing.T) {
	h := newHome(t)
	a := h.open(t)
	code, _ := a.Link(anna)
	token, secret, err := a.Redeem(t.Context(), code)
	if err != nil || !slices.Equal(token.Scopes, access.BrowserScopes()) {
		t.Fatalf("%+v, %v", token, err)
	}
	if got, err := a.Authenticate(t.Context(), secret); err != nil || got.Account != anna {
		t.Errorf("%+v, %v", got, err)
	}
	_, _, err = a.Redeem(t.Context(), code)
	wantKind(t, err, content.Permission, "used already")
	code, _ = a.Link(anna)
	h.now = h.now.Add(access.LinkLifetime)
	_, _, err = a.Redeem(t.Context(), code)
	wantKind(t, err, content.Permission, "too old")
	_, _, err = a.Redeem(t.Context(), "")
	wantKind(t, err, content.Permission, "rossgram open")
}

func TestManyLinksCloseTheOldest(t *testing.T) {
	h := newHome(t)
	a := h.open(t)
	first, _ := a.Link(anna)
	var last string
	for range 100 {
		h.now = h.now.Add(time.Second)
		last, _ = a.Link(anna)
	}
	if _, _, err := a.Redeem(t.Context(), first); content.KindOf(err) != content.Permission {
		t.Errorf("the first of 100: %v", err)
	}
	if _, _, err := a.Redeem(t.Context(), last); err != nil {
		t.Errorf("the last of 100: %v", err)
	}
}

func TestTheHomesTokenEndsWithTheDaemon(t *testing.T) {
	h := newHome(t)
	var secret string
	t.Run("a run", func(t *testing.T) {
		a := h.open(t)
		secret = a.Local(anna)
		token, err := a.Authenticate(t.Context(), secret)
		if err != nil || !token.Scopes.Allow(access.Admin) || len(a.List(anna)) != 0 {
			t.Errorf("%+v, %v", token, err)
		}
		wantKind(t, a.Revoke(context.Background(), anna, token.ID), content.NotFound, "local")
	})
	t.Run("the next", func(t *testing.T) {
		_, err := h.open(t).Authenticate(t.Context(), secret)
		wantKind(t, err, content.Permission, "not known")
	})
}
