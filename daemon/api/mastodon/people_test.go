package mastodon_test

import (
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
	"rossgram.app/p2p/discover"
)

func (a *app) search(q string, more string) (found struct {
	Accounts []account
	Statuses []status
	Hashtags []any
}) {
	a.t.Helper()
	got := a.get("/api/v2/search?q=" + url.QueryEscape(q) + more)
	type search = struct {
		Accounts []account
		Statuses []status
		Hashtags []any
	}
	found = as[search](got)
	if found.Accounts == nil || found.Statuses == nil || found.Hashtags == nil {
		a.t.Errorf("a list is missing in %s", got.body)
	}
	return found
}

func names(list []account) string {
	var s []string
	for _, a := range list {
		s = append(s, a.DisplayName)
	}
	return strings.Join(s, ", ")
}

func TestPeopleAreFoundByWhatTheyAreCalled(t *testing.T) {
	_, apps := newNode(t, "Anna Lang", "Annabel", "Ben")
	anna, ben := apps[0], apps[2]
	acct := "Anna_Lang@" + anna.id.Fingerprint()
	for q, want := range map[string]string{
		"ann": "Anna Lang, Annabel", "@Ben": "Ben", "lang": "Anna Lang", "zoe": "", "#ann": "",
		acct: "Anna Lang", "@" + acct: "Anna Lang", "old-name@" + anna.id.Fingerprint(): "Anna Lang", anna.id.String(): "Anna Lang",
		"https://elsewhere.example/@" + acct: "Anna Lang", "ben@aaaaaaaaaaaaaaaa": "", "did:key:z6M": "",
	} {
		if got := names(ben.search(q, "").Accounts); got != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
		if got := names(as[[]account](ben.get("/api/v1/accounts/search?q=" + url.QueryEscape(q)))); got != want {
			t.Errorf("accounts/search of %q finds %q, want %q", q, got, want)
		}
	}
	if got := names(ben.search("ann", "&limit=1&offset=1").Accounts); got != "Annabel" {
		t.Errorf("the second one: %q", got)
	}
	ben.get("/api/v2/search?q=").refused(422, "must not be empty")
	if a := as[account](ben.get("/api/v1/accounts/lookup?acct=" + acct)); a.ID != anna.num || a.Rossgram.DID != anna.id.String() {
		t.Errorf("lookup: %+v", a)
	}
	ben.get("/api/v1/accounts/lookup?acct=zoe").refused(404, "no such account")
}

func TestAPostIsFoundByItsNames(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	s := apps[0].post("Here")
	for _, q := range []string{s.URL, s.Rossgram.URI, strings.Replace(s.URL, apps[0].node.server.URL, "https://other.example", 1)} {
		if got := captions(apps[1].search(q, "&resolve=true").Statuses); got != "Here" {
			t.Errorf("%s finds %q", q, got)
		}
	}
	wrong := strings.Replace(s.URL, apps[0].id.Fingerprint(), apps[1].id.Fingerprint(), 1)
	for _, q := range []string{wrong, s.Rossgram.URI + "x", "rg://nobody/post/1"} {
		if found := apps[1].search(q, ""); len(found.Statuses) != 0 {
			t.Errorf("%s finds %+v", q, found.Statuses)
		}
	}
	if found := apps[1].search(s.URL, "&type=accounts"); len(found.Statuses) != 0 {
		t.Error("a post among the accounts")
	}
}

// invite is one of an account of another node.
func invite(t *testing.T, name string) (discover.Invite, string) {
	t.Helper()
	ring := newKeyring(t)
	i := discover.Invite{Cert: ring.Certificate(), Name: name, Expires: time.Now().Add(time.Hour).Truncate(time.Second)}
	s, err := i.Sign(ring.Writer())
	must(t, err)
	return i, s
}

func TestWhoInvitesCanBeFollowed(t *testing.T) {
	n, apps := newNode(t, "Anna")
	i, text := invite(t, "Zoë")
	if found := apps[0].search(text, ""); len(found.Accounts) != 0 {
		t.Errorf("resolved without being asked to: %+v", found.Accounts)
	}
	found := apps[0].search(text, "&resolve=true").Accounts
	if names(found) != "Zoë" || found[0].Acct != "Zoe@"+i.Account().Fingerprint() {
		t.Fatalf("%+v", found)
	}
	zoe := "/api/v1/accounts/" + found[0].ID
	if a := as[account](apps[0].get(zoe)); a.DisplayName != "Zoë" {
		t.Errorf("%+v", a)
	}
	apps[0].shows(zoe+"/statuses", "")
	if r := as[relationship](apps[0].json("POST", zoe+"/follow", nil)); !r.Following || r.ID != found[0].ID {
		t.Errorf("%+v", r)
	}
	if fmt.Sprint(n.invited) != fmt.Sprint([]content.AccountID{i.Account()}) {
		t.Errorf("told of the invites of %v", n.invited)
	}
	if list := as[[]relationship](apps[0].get("/api/v1/accounts/relationships?id[]=" + found[0].ID + "&id[]=77&id[]=" + found[0].ID)); len(list) != 1 || !list[0].Following {
		t.Errorf("%+v", list)
	}
	apps[0].json("POST", zoe+"/unfollow", nil)
	apps[0].get("/api/v2/search?resolve=true&q="+text[:len(text)-9]).refused(422, "copy it again")
	n.pass(2 * time.Hour)
	apps[0].get("/api/v2/search?resolve=true&q="+text).refused(422, "expired")
}

func TestADIDCanBeFollowedBeforeAnythingIsKnownOfIt(t *testing.T) {
	n, apps := newNode(t, "Anna")
	id := newKeyring(t).ID()
	num := index.NumberOf(id).String()
	apps[0].get("/api/v1/accounts/lookup?acct="+id.String()).refused(404, "resolve=true")
	found := apps[0].search(id.String(), "&resolve=true").Accounts
	if len(found) != 1 || found[0].ID != num || found[0].DisplayName != id.Fingerprint()[:8] {
		t.Fatalf("%+v", found)
	}
	if r := as[relationship](apps[0].json("POST", "/api/v1/accounts/"+num+"/follow", nil)); !r.Following || len(n.invited) != 0 {
		t.Errorf("%+v, invited %v", r, n.invited)
	}
	if list := as[[]account](apps[0].get("/api/v1/accounts/" + apps[0].num + "/following")); len(list) != 1 || list[0].ID != num {
		t.Errorf("following %+v", list)
	}
}

// TestTheMemoryOfStrangersIsBounded resolves more DIDs than are remembered.
func TestTheMemoryOfStrangersIsBounded(t *testing.T) {
	n, apps := newNode(t, "Anna")
	first := content.AccountID{1}
	for i := range 300 {
		id := content.AccountID{1, byte(i), byte(i >> 8)}
		if _, err := n.api.ResolveAccount(t.Context(), id.String()); err != nil {
			t.Fatal(err)
		}
	}
	last := content.AccountID{1, 299 & 0xff, 299 >> 8}
	apps[0].get("/api/v1/accounts/"+index.NumberOf(first).String()).refused(404, "no such account")
	as[account](apps[0].get("/api/v1/accounts/" + index.NumberOf(last).String()))
}

func TestFollowingYourselfIsRefused(t *testing.T) {
	_, apps := newNode(t, "Anna")
	apps[0].json("POST", "/api/v1/accounts/"+apps[0].num+"/follow", nil).refused(422, "can't follow yourself")
	apps[0].json("POST", "/api/v1/accounts/12/follow", nil).refused(404, "no such account")
	apps[0].json("POST", "/api/v1/accounts/x/follow", nil).refused(422, "decimal number")
}

func TestFollowersAPageAtATime(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben", "Cleo", "Dora")
	for _, a := range apps[1:] {
		as[relationship](a.json("POST", "/api/v1/accounts/"+apps[0].num+"/follow", nil))
	}
	seen := map[string]bool{}
	pages := 0
	for path := "/api/v1/accounts/" + apps[0].num + "/followers?limit=2"; path != "" && pages < 3; pages++ {
		got := apps[0].get(path)
		for _, a := range as[[]account](got) {
			seen[a.DisplayName] = true
		}
		path = follow(nextLink, got)
	}
	if pages != 2 || len(seen) != 3 || seen["Anna"] {
		t.Errorf("%d pages show %v", pages, seen)
	}
	if r := as[[]relationship](apps[0].get("/api/v1/accounts/relationships?id=" + apps[1].num)); len(r) != 1 || !r[0].FollowedBy || r[0].Following {
		t.Errorf("%+v", r)
	}
}

func TestAProfileIsChangedAndSeen(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna := apps[0]
	const path = "/api/v1/accounts/update_credentials"
	if a := as[account](anna.get("/api/v1/accounts/verify_credentials")); a.Avatar != anna.node.server.URL+"/pictures/avatar/"+anna.num+".png" || a.Note != "" {
		t.Errorf("before: %+v", a)
	}
	a := as[account](anna.multipart("PATCH", path,
		part{name: "display_name", value: "Anna L."}, part{name: "note", value: "I like\n<light>"}, part{name: "locked", value: "false"},
		part{name: "fields_attributes[0][name]", value: "Home"}, part{name: "fields_attributes[0][value]", value: "https://anna.example"},
		part{name: "fields_attributes[1][name]"}, part{name: "fields_attributes[1][value]"},
		part{"avatar", "me.jpg", jpegOf(t, 64, 64, 2)}))
	if a.DisplayName != "Anna L." || a.Username != "Anna_L" || a.Note != "<p>I like<br />&lt;light&gt;</p>" || a.Source.Note != "I like\n<light>" {
		t.Errorf("%+v", a)
	}
	if len(a.Fields) != 1 || !strings.HasPrefix(a.Fields[0].Value, `<a href="https://anna.example"`) || a.Source.Fields[0].Value != "https://anna.example" {
		t.Errorf("fields %+v", a.Fields)
	}
	if !strings.Contains(a.Avatar, "/ipfs/") || !strings.Contains(a.Header, "/pictures/header/") {
		t.Errorf("pictures %s, %s", a.Avatar, a.Header)
	}
	seen := as[account](apps[1].get("/api/v1/accounts/" + anna.num))
	if seen.DisplayName != "Anna L." || seen.Avatar != a.Avatar || seen.Source != nil {
		t.Errorf("Ben sees %+v", seen)
	}
	list := map[string]any{"fields_attributes": []map[string]string{{"name": "A", "value": "1"}, {"name": "B", "value": "2"}}}
	if a := as[account](anna.json("PATCH", path, list)); len(a.Fields) != 2 || a.Fields[1].Name != "B" || a.Fields[1].Value != "2" || a.DisplayName != "Anna L." {
		t.Errorf("fields as a list: %+v", a.Fields)
	}
	if a := as[account](anna.do("DELETE", "/api/v1/profile/avatar", "", nil)); strings.Contains(a.Avatar, "/ipfs/") {
		t.Errorf("the avatar is still %s", a.Avatar)
	}
	anna.json("PATCH", path, map[string]any{"locked": true}).refused(422, "locked can't be")
	anna.json("PATCH", path, map[string]any{"source": map[string]any{"privacy": "private"}}).refused(422, "source[privacy]")
	anna.json("PATCH", path, map[string]any{"display_name": ""}).refused(422, "needs a name")
	anna.json("PATCH", path, map[string]any{"note": strings.Repeat("x", 501)}).refused(422, "501 characters")
}

func TestAnAccountWithoutAPictureHasADrawnOne(t *testing.T) {
	n, apps := newNode(t, "Anna", "Ben")
	img := &app{t: t, node: n}
	drawn := map[string]bool{}
	for _, a := range apps {
		me := as[account](a.get("/api/v1/accounts/verify_credentials"))
		got := img.get(me.Avatar)
		if p, err := png.Decode(strings.NewReader(string(got.body))); err != nil || p.Bounds().Dx() != p.Bounds().Dy() {
			t.Errorf("%s: %d, %v", me.Avatar, got.status, err)
		}
		if again := img.get(me.Avatar); string(again.body) != string(got.body) || !strings.Contains(again.header.Get("Cache-Control"), "immutable") {
			t.Error("it is another the second time, or fetched anew each time")
		}
		drawn[string(got.body)] = true
		if h := img.get(me.Header); h.status != 200 || h.header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %d", me.Header, h.status)
		}
	}
	if len(drawn) != 2 {
		t.Error("two accounts look the same")
	}
	for _, path := range []string{"/pictures/avatar/x.png", "/pictures/avatar/1", "/pictures/else/1.png"} {
		img.get(path).refused(404, "no such picture")
	}
}
