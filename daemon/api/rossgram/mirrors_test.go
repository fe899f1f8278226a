package rossgram_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/daemon"
	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/mirror"
	protocol "rossgram.app/p2p/mirror"
)

type mirrorsState struct {
	Mine []struct {
		Node, State, Words string
		Promised           int64 `json:"promised_bytes"`
		Connected          bool
	}
	Others []struct {
		DID, State string
		Promised   int64 `json:"promised_bytes"`
		Used       int64 `json:"used_bytes"`
		Phase      string
	}
}

func (p *person) mirrors() (m mirrorsState) {
	p.t.Helper()
	p.Get(ours+"mirrors").Want(p.t, http.StatusOK).JSON(p.t, &m)
	return m
}

func (p *person) askMirror(who *person, max int64) (state string) {
	p.t.Helper()
	var m struct{ State string }
	p.Do(http.MethodPost, ours+"mirrors", map[string]any{"node": who.state().Addresses[0], "max_bytes": max}).
		Want(p.t, http.StatusAccepted).JSON(p.t, &m)
	return m.State
}

func (p *person) warned(code string) bool {
	for _, w := range p.state().Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// TestAMirrorOfAnAccountOneFollowsNeedsNoAsking, if its owner has said so; of
// others the owner decides, and none at all is a word too.
func TestAMirrorOfAnAccountOneFollowsNeedsNoAsking(t *testing.T) {
	anna := newPerson(t, "Anna")
	follows := newPerson(t, "Ben", func(c *daemon.Config) { c.Mirrors.Accept = mirror.AcceptFollows })
	none := newPerson(t, "Cleo", func(c *daemon.Config) { c.Mirrors.Accept = mirror.AcceptNone })
	if s := anna.askMirror(follows, 1e9); s != "pending" {
		t.Errorf("before it follows: %s", s)
	}
	follows.Do(http.MethodPost, ours+"mirrors/"+anna.state().Account.DID+"/refuse", map[string]string{"words": "who are you?"}).Want(t, http.StatusOK)
	anna.until("the refusal is known", func() bool { m := anna.mirrors().Mine; return m[0].State == "refused" && m[0].Words == "who are you?" })
	anna.Do(http.MethodDelete, ours+"mirrors/"+follows.state().PeerID, nil).Want(t, http.StatusNoContent)
	follows.until("it is forgotten", func() bool { return len(follows.mirrors().Others) == 0 })
	follows.follow(anna.invite())
	if s := anna.askMirror(follows, 1e9); s != "accepted" {
		t.Errorf("once it follows: %s", s)
	}
	if s := anna.askMirror(none, 1e9); s != "refused" {
		t.Errorf("who keeps nothing for others: %s", s)
	}
	if len(none.mirrors().Others) != 0 || none.warned("mirror-asked") {
		t.Error("its owner is bothered")
	}
	refused(t, anna.Do(http.MethodPost, ours+"mirrors", map[string]any{"node": anna.state().PeerID, "max_bytes": 1}), http.StatusUnprocessableEntity, "ask another")
	refused(t, anna.Do(http.MethodPost, ours+"mirrors", map[string]any{"node": none.state().PeerID}), http.StatusUnprocessableEntity, "max_bytes")
	refused(t, anna.Do(http.MethodPost, ours+"mirrors", map[string]any{"node": "nobody", "max_bytes": 1}), http.StatusUnprocessableEntity, "invite")
}

// TestTwoHoldersAreEnough: the warning ends when two nodes hold the post, and comes
// back for the next.
func TestTwoHoldersAreEnough(t *testing.T) {
	anna, ben, cleo := newPerson(t, "Anna"), newPerson(t, "Ben"), newPerson(t, "Cleo")
	post := anna.Post("kept", apitest.Noise(t, 400, 300))
	anna.until("the warning", func() bool { return anna.warned("few-holders") })
	ben.follow(anna.invite())
	if s := anna.askMirror(cleo, 1e9); s != "pending" || !cleo.warned("mirror-asked") {
		t.Errorf("the wish is %s", s)
	}
	did := anna.state().Account.DID
	cleo.Do(http.MethodPost, ours+"mirrors/"+did+"/accept", nil).Want(t, http.StatusOK)
	anna.until("both hold it", func() bool {
		var h holdersState
		anna.Get(ours+"posts/"+post.ID+"/holders?ask=true").Want(t, http.StatusOK).JSON(t, &h)
		return h.Here == "whole" && h.Whole == 1 && h.Renditions == 1
	})
	anna.until("the end of the warning", func() bool { return !anna.warned("few-holders") })
	if h := anna.holders(post.Rossgram.URI); len(h.Holders) != 2 || !h.Holders[0].Mirror && !h.Holders[1].Mirror {
		t.Errorf("%+v", h)
	}
	ben.until("ben sees who holds it", func() bool { return ben.holders(post.Rossgram.URI).Whole == 1 })
	anna.Post("alone again", apitest.Noise(t, 400, 300))
	anna.until("the warning again", func() bool { return anna.warned("few-holders") })
}

// boaster is a node that says it holds everything, and has nothing.
type boaster struct{}

func (boaster) Wished(context.Context, peer.ID, protocol.Wish) (protocol.Answer, error) {
	return protocol.Answer{State: protocol.Accepted, Cap: 1e9}, nil
}
func (boaster) Changed(context.Context, peer.ID, content.AccountID) {}
func (boaster) Holds(_ context.Context, _ content.AccountID, posts []protocol.Post) (content.Version, []protocol.Level, error) {
	levels := make([]protocol.Level, len(posts))
	for i := range levels {
		levels[i] = protocol.Whole
	}
	return content.Version{Epoch: 1, Rev: 1}, levels, nil
}
func (boaster) Block(context.Context, cid.Cid) ([]byte, error) { return []byte("surely"), nil }

// speaker starts a bare node that answers for a source.
func speaker(t *testing.T, s protocol.Source) (host.Host, *protocol.Speaker) {
	h := apitest.Must(libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay()))(t)
	sp := apitest.Must(protocol.New(h, protocol.Config{Source: s, Key: h.Peerstore().PrivKey(h.ID())}))(t)
	t.Cleanup(func() { sp.Close(); h.Close() })
	return h, sp
}

// TestWhoOnlyClaimsToHoldAPostDoesNotCount: it is a mirror in name, and each of its
// receipts is signed; it can't show a sample.
func TestWhoOnlyClaimsToHoldAPostDoesNotCount(t *testing.T) {
	anna := newPerson(t, "Anna")
	post := anna.Post("kept by nobody", apitest.Noise(t, 400, 300))
	h, _ := speaker(t, boaster{})
	address := fmt.Sprintf("%s/p2p/%s", h.Addrs()[0], h.ID())
	anna.Do(http.MethodPost, ours+"mirrors", map[string]any{"node": address, "max_bytes": 1e9}).Want(t, http.StatusAccepted)
	for range 3 {
		var holders holdersState
		anna.Get(ours+"posts/"+post.ID+"/holders?ask=true").Want(t, http.StatusOK).JSON(t, &holders)
		if len(holders.Holders) != 0 {
			t.Fatalf("%+v", holders)
		}
	}
	if !anna.warned("few-holders") {
		t.Error("no warning any more")
	}
}

// TestAThousandWhoAsk: one peer can make a node's owner look at a few accounts, and
// no more are remembered.
func TestAThousandWhoAsk(t *testing.T) {
	ben := newPerson(t, "Ben")
	h, sp := speaker(t, boaster{})
	address := apitest.Must(peer.AddrInfoFromString(ben.state().Addresses[0]))(t)
	apitest.Check(t, h.Connect(t.Context(), *address))
	accepted := 0
	for i := range 40 {
		ring := apitest.Must(keys.CreateKeyring(filepath.Join(t.TempDir(), fmt.Sprint(i)), apitest.Must(keys.NewPhrase())(t), false, time.Now()))(t)
		_, err := sp.Wish(t.Context(), address.ID, ring.Writer(), protocol.Wish{Cert: ring.Certificate(), Cap: 1e9})
		switch content.KindOf(err) {
		case content.Unavailable:
		default:
			apitest.Check(t, err)
			accepted++
		}
	}
	if n := len(ben.mirrors().Others); accepted != n || n > 8 || n == 0 {
		t.Errorf("%d wishes taken, %d remembered", accepted, n)
	}
}
