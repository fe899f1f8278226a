package rossgram_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rossgram.app/daemon/api/internal/apitest"
)

type holdersState struct {
	Here    string
	Holders []struct {
		Node, Holds string
		Mirror      bool
	}
	Pinned                     []struct{ Service, Status, Error string }
	Whole, Renditions, Records int
}

func (p *person) holders(uri string) (h holdersState) {
	p.t.Helper()
	p.Get(ours+"posts/"+url.PathEscape(uri)+"/holders").Want(p.t, http.StatusOK).JSON(p.t, &h)
	return h
}

func (p *person) pinnedAt(uri, status string) bool {
	h := p.holders(uri)
	return len(h.Pinned) == 1 && h.Pinned[0].Status == status
}

func (p *person) addPinning(s *pinService, token string) apitest.Answer {
	return p.Do(http.MethodPost, ours+"pinning", map[string]string{"name": "friendly", "endpoint": s.endpoint(), "token": token})
}

// TestAPinningServiceHoldsWhatOneHas: posts made before and after, with photos and
// sources, until they are deleted; and the token is shown to nobody.
func TestAPinningServiceHoldsWhatOneHas(t *testing.T) {
	anna, s := newPerson(t, "Anna"), newPinService(t)
	before := anna.Post("before", apitest.Noise(t, 400, 300))
	refused(t, anna.addPinning(s, "wrong"), http.StatusForbidden, "does not accept the token")
	added := anna.addPinning(s, s.token).Want(t, http.StatusOK)
	after := anna.Post("after", apitest.Noise(t, 400, 300))
	for _, post := range []apitest.Status{before, after} {
		anna.until("the post is pinned", func() bool { return anna.pinnedAt(post.Rossgram.URI, "pinned") })
		photo := post.Photos[0].Rossgram
		if !s.holds(post.Rossgram.CID) || !s.holds(photo.Source.CID) || !s.holds(photo.Renditions[0].CID) {
			t.Error("the service lacks a part of the post")
		}
	}
	list := anna.Get(ours+"pinning").Want(t, http.StatusOK)
	if strings.Contains(string(added.Body)+string(list.Body), s.token) {
		t.Error("the token is shown")
	}
	file := filepath.Join(anna.home, "pinning.json")
	if info := apitest.Must(os.Stat(file))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file has the rights %o", info.Mode().Perm())
	}
	anna.Do(http.MethodDelete, "/api/v1/statuses/"+before.ID, nil).Want(t, http.StatusOK)
	anna.until("the deleted post is unpinned", func() bool { return s.named(before.Rossgram.URI) == 0 })
	if s.named(after.Rossgram.URI) != 1 {
		t.Error("the other post is unpinned too")
	}
	anna.Do(http.MethodDelete, ours+"pinning/friendly", nil).Want(t, http.StatusNoContent)
	refused(t, anna.Do(http.MethodDelete, ours+"pinning/friendly", nil), http.StatusNotFound, "no pinning service")
	if b := apitest.Must(os.ReadFile(file))(t); strings.Contains(string(b), s.token) {
		t.Error("the token is kept")
	}
}

// TestAPinningServiceThatFailsIsTriedAgain: what was posted while it was down is
// pinned when it is back, and a pin whose answer was lost is not made twice.
func TestAPinningServiceThatFailsIsTriedAgain(t *testing.T) {
	anna, s := newPerson(t, "Anna"), newPinService(t)
	anna.addPinning(s, s.token).Want(t, http.StatusOK)
	anna.until("the profile is pinned", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.posts == 1
	})
	s.set(func() { s.down = true })
	post := anna.Post("meanwhile", apitest.Noise(t, 400, 300))
	anna.until("the failure is shown", func() bool {
		for _, w := range anna.state().Warnings {
			if w.Code == "pinning" {
				return true
			}
		}
		return false
	})
	s.set(func() { s.down, s.loseOne = false, true })
	anna.until("the post is pinned", func() bool { return anna.pinnedAt(post.Rossgram.URI, "pinned") })
	if n := s.named(post.Rossgram.URI); n != 1 {
		t.Errorf("pinned %d times", n)
	}
}

func TestWhereATokenIsNotSent(t *testing.T) {
	anna := newPerson(t, "Anna")
	for endpoint, words := range map[string]string{
		"http://pins.example/psa":   "https://",
		"ftp://pins.example":        "https://",
		"https://a:b@pins.example":  "no endpoint",
		"https://pins.example/?x=1": "no endpoint",
		"":                          "no endpoint",
	} {
		a := anna.Do(http.MethodPost, ours+"pinning", map[string]string{"name": "s", "endpoint": endpoint, "token": "t"})
		refused(t, a, http.StatusUnprocessableEntity, words)
	}
	a := anna.Do(http.MethodPost, ours+"pinning", map[string]string{"name": "a b", "endpoint": "https://pins.example", "token": "t"})
	refused(t, a, http.StatusUnprocessableEntity, "name")
}
