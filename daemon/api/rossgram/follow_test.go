package rossgram_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/daemon/api/internal/apitest"
)

func TestAFriendIsFollowedByInvite(t *testing.T) {
	anna, ben := newPerson(t, "Anna"), newPerson(t, "Ben")
	post := anna.Post("before", apitest.Noise(t, 400, 300))
	events := ben.listen(ben.Client)
	f := ben.follow(anna.invite())
	who := anna.state().Account
	if f.Acct != who.Acct || f.Name != "Anna" || f.Rev != who.Head.Rev || f.LastContactAt == nil || f.Error != "" {
		t.Errorf("the follow: %+v, of %+v", f, who)
	}
	if e, _ := next(t, events, func(e happening) bool { return e.kind == "follow" }); e.data["did"] != f.DID || e.data["acct"] == "" {
		t.Errorf("the event of the follow: %v", e.data)
	}
	later := anna.Post("after", apitest.Noise(t, 400, 300))
	next(t, events, func(e happening) bool { return e.kind == "post" && e.data["uri"] == later.Rossgram.URI })

	var list []followState
	ben.Get(ours+"follows").Want(t, http.StatusOK).JSON(t, &list)
	if len(list) != 1 || list[0].DID != f.DID {
		t.Errorf("following %+v", list)
	}
	if n := ben.state(); n.Peers != 1 || n.Follows.Total != 1 || len(n.Disk.Accounts) != 2 || !n.Disk.Accounts[0].Own || n.Disk.Accounts[1].Own {
		t.Errorf("ben's node: %+v", n)
	}
	var status apitest.Status
	ben.Get(ours+"statuses/resolve?post="+post.Rossgram.URI).Want(t, http.StatusOK).JSON(t, &status)
	if status.Rossgram.CID != post.Rossgram.CID {
		t.Errorf("resolved to %+v", status)
	}
	fetchesSource(t, ben, status.Photos[0].Rossgram.Source.CID)
	unfollows(t, ben, f.DID)
}

// fetchesSource has a photo that is not kept of followed accounts fetched.
func fetchesSource(t *testing.T, ben *person, source string) {
	t.Helper()
	ben.Get("/ipfs/"+source).Want(t, http.StatusNotFound)
	a := ben.Get(ours+"photos/"+source).Want(t, http.StatusOK)
	if content.Sum(content.Raw, a.Body) != apitest.Must(cid.Decode(source))(t) || a.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("%d bytes of %s, not those of the CID", len(a.Body), a.Header.Get("Content-Type"))
	}
	ben.Get(ours+"photos/"+source, "Range", "bytes=0-9").Want(t, http.StatusPartialContent)
	refused(t, ben.Get(ours+"photos/"+content.Sum(content.Raw, []byte("nobody's")).String()), http.StatusNotFound, "")
}

func unfollows(t *testing.T, ben *person, did string) {
	t.Helper()
	ben.Do(http.MethodDelete, ours+"follows/"+did, nil).Want(t, http.StatusNoContent)
	ben.Do(http.MethodDelete, ours+"follows/"+did, nil).Want(t, http.StatusNoContent)
	refused(t, ben.Get(ours+"follows/"+did), http.StatusNotFound, "don't follow")
	if a := ben.Get(ours+"follows").Want(t, http.StatusOK); strings.TrimSpace(string(a.Body)) != "[]" {
		t.Errorf("still following %s", a.Body)
	}
}

func TestWhomNobodyCanFollow(t *testing.T) {
	anna := newPerson(t, "Anna")
	own := anna.invite()
	for name, c := range map[string]struct {
		who    string
		status int
		words  string
	}{
		"nobody":            {"", http.StatusUnprocessableEntity, "say who"},
		"yourself":          {own, http.StatusUnprocessableEntity, "yourself"},
		"yourself, by DID":  {anna.state().Account.DID, http.StatusUnprocessableEntity, "yourself"},
		"an unknown name":   {"nobody", http.StatusNotFound, "invite"},
		"a damaged invite":  {own[:len(own)-5] + "aaaaa", http.StatusUnprocessableEntity, "invite"},
		"half an invite":    {own[:len(own)/2], http.StatusUnprocessableEntity, "invite"},
		"nonsense as a DID": {"did:key:zz", http.StatusUnprocessableEntity, ""},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, anna.Do(http.MethodPost, ours+"follows", map[string]string{"who": c.who}), c.status, c.words)
		})
	}
	for _, seconds := range []any{0, -1, 400 * 24 * 3600, "soon"} {
		refused(t, anna.Do(http.MethodPost, ours+"invites", map[string]any{"expires_in": seconds}), http.StatusUnprocessableEntity, "expires_in")
	}
	var short struct{ Invite string }
	anna.Do(http.MethodPost, ours+"invites", map[string]int{"expires_in": 1}).Want(t, http.StatusOK).JSON(t, &short)
	anna.until("the invite expires", func() bool {
		a := anna.Get(ours + "accounts/resolve?who=" + short.Invite)
		return a.Status == http.StatusUnprocessableEntity && strings.Contains(string(a.Body), "expired")
	})
}

func TestWhoIsMeant(t *testing.T) {
	anna, ben := newPerson(t, "Anna"), newPerson(t, "Ben")
	did := anna.state().Account.DID
	for _, who := range []string{anna.invite(), did} {
		var account struct {
			Rossgram struct{ DID string }
		}
		ben.Get(ours+"accounts/resolve?who="+who).Want(t, http.StatusOK).JSON(t, &account)
		if account.Rossgram.DID != did {
			t.Errorf("%.20s… is %s, want %s", who, account.Rossgram.DID, did)
		}
	}
	refused(t, ben.Get(ours+"statuses/resolve"), http.StatusUnprocessableEntity, "which post")
	refused(t, ben.Get(ours+"statuses/resolve?post=rg://"+did+"/post/3kdtb2jvccs2a"), http.StatusNotFound, "")
}
