package rossgram_test

import (
	"net/http"
	"testing"

	"rossgram.app/daemon/api/internal/apitest"
)

func isKind(kind string) func(happening) bool {
	return func(e happening) bool { return e.kind == kind }
}

func TestWhatHappensIsHeardUntilTheNodeStops(t *testing.T) {
	anna := newPerson(t, "Anna")
	events := anna.listen(anna.Client)
	post := anna.Post("now", apitest.Noise(t, 40, 30))
	if e, _ := next(t, events, isKind("post")); e.data["id"] != post.ID || e.data["uri"] != post.Rossgram.URI {
		t.Errorf("%v, want the post %s", e.data, post.ID)
	}
	anna.Do(http.MethodDelete, "/api/v1/statuses/"+post.ID, nil).Want(t, http.StatusOK)
	if e, _ := next(t, events, isKind("delete")); e.data["uri"] != post.Rossgram.URI {
		t.Errorf("%v, want the deletion of %s", e.data, post.Rossgram.URI)
	}
	apitest.Check(t, anna.node.Close())
	if e, more := next(t, events, func(happening) bool { return false }); more {
		t.Errorf("after the end: %v", e)
	}
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	anna := newPerson(t, "Anna")
	made := anna.newToken("browser")
	events := anna.listen(anna.With(made.Token))
	anna.Post("heard", apitest.Noise(t, 40, 30))
	next(t, events, isKind("post"))
	anna.Do(http.MethodDelete, ours+"tokens/"+made.ID, nil).Want(t, http.StatusNoContent)
	secret := anna.Post("not heard", apitest.Noise(t, 40, 30))
	if e, more := next(t, events, func(e happening) bool { return e.data["uri"] == secret.Rossgram.URI }); more {
		t.Errorf("who was signed out hears %v", e)
	}
}

func TestListenersAreBounded(t *testing.T) {
	anna := newPerson(t, "Anna")
	var last int
	for range 70 {
		res := anna.Open(http.MethodGet, ours+"events", nil)
		t.Cleanup(func() { res.Body.Close() })
		if last = res.StatusCode; last != http.StatusOK {
			break
		}
	}
	if last != http.StatusServiceUnavailable {
		t.Errorf("the 70th listener: status %d", last)
	}
	anna.Get(ours+"node").Want(t, http.StatusOK)
}
