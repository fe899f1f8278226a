package rossgram_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/test"

	"rossgram.app/daemon/api/internal/apitest"
)

// newPeerID returns the ID of a node that is nowhere.
func newPeerID(t *testing.T) string {
	t.Helper()
	return apitest.Must(test.RandPeerID())(t).String()
}

func TestAPeerIsConnectedByAddress(t *testing.T) {
	anna, ben := newPerson(t, "Anna"), newPerson(t, "Ben")
	there := anna.state()
	var p struct {
		ID, Agent, Direction string
		Addresses            []string
	}
	connect := func(address string) apitest.Answer {
		return ben.Do(http.MethodPost, ours+"peers", map[string]string{"address": address})
	}
	connect(there.Addresses[0]).Want(t, http.StatusOK).JSON(t, &p)
	if p.ID != there.PeerID || p.Direction != "outbound" || !strings.HasPrefix(p.Agent, "rossgram/") || p.Addresses[0] != there.Addresses[0] {
		t.Errorf("connected to %+v, want %s", p, there.PeerID)
	}
	invite := anna.invite()
	connect(invite).Want(t, http.StatusOK)
	connect(strings.ToUpper(invite)).Want(t, http.StatusOK) // as a QR code has it
	_, bare, _ := strings.Cut(invite, ":")
	for _, link := range []string{"https://rossgram.app/i#" + invite, "http://localhost:7670/i#" + bare} {
		connect(link).Want(t, http.StatusOK)
		ben.Do(http.MethodPost, ours+"follows", map[string]string{"who": link}).Want(t, http.StatusAccepted)
	}
	var list []struct{ ID, Direction string }
	anna.Get(ours+"peers").Want(t, http.StatusOK).JSON(t, &list)
	if len(list) != 1 || list[0].ID != ben.state().PeerID || list[0].Direction != "inbound" {
		t.Errorf("anna's peers: %+v", list)
	}
}

func TestAddressesWhereNobodyIs(t *testing.T) {
	ben := newPerson(t, "Ben")
	own := ben.state()
	address, _, _ := strings.Cut(newPerson(t, "Anna").state().Addresses[0], "/p2p/")
	nowhere := newPeerID(t)
	for name, c := range map[string]struct {
		address string
		status  int
		words   string
	}{
		"nothing":        {"", http.StatusUnprocessableEntity, "/ip4/"},
		"words":          {"anna's laptop", http.StatusUnprocessableEntity, "/ip4/"},
		"half a one":     {"/ip4/127.0.0.1", http.StatusUnprocessableEntity, "/p2p/"},
		"without an ID":  {"/ip4/127.0.0.1/tcp/1", http.StatusUnprocessableEntity, "/p2p/"},
		"with an ID":     {"/p2p/" + own.PeerID, http.StatusUnprocessableEntity, "/p2p/"},
		"this node":      {own.Addresses[0], http.StatusUnprocessableEntity, "own"},
		"one's own":      {ben.invite(), http.StatusUnprocessableEntity, "own"},
		"a closed port":  {"/ip4/127.0.0.1/tcp/1/p2p/" + nowhere, http.StatusServiceUnavailable, "does not answer"},
		"another's port": {address + "/p2p/" + nowhere, http.StatusServiceUnavailable, "another node answers"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, ben.Do(http.MethodPost, ours+"peers", map[string]string{"address": c.address}), c.status, c.words)
		})
	}
}
