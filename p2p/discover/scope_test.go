package discover_test

import (
	"fmt"
	"slices"
	"testing"

	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

func TestReachable(t *testing.T) {
	const loopback, private, public = "/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.7/tcp/1", "/ip4/8.8.8.8/tcp/1"
	named := addrs(loopback, "/ip6/::1/tcp/1", private, "/ip6/fe80::1/tcp/1", "/ip4/0.0.0.0/tcp/1", public, "/dns4/photos.example/tcp/1")
	for via, want := range map[string][]string{
		loopback:                      {loopback, "/ip6/::1/tcp/1", private, "/ip6/fe80::1/tcp/1", public, "/dns4/photos.example/tcp/1"},
		private:                       {private, "/ip6/fe80::1/tcp/1", public, "/dns4/photos.example/tcp/1"},
		"/ip4/10.0.0.1/udp/1/quic-v1": {private, "/ip6/fe80::1/tcp/1", public, "/dns4/photos.example/tcp/1"},
		public:                        {public, "/dns4/photos.example/tcp/1"},
	} {
		if got := discover.Reachable(append(named, nil), ma.StringCast(via)); fmt.Sprint(got) != fmt.Sprint(addrs(want...)) {
			t.Errorf("over %s: %v, want %v", via, got, want)
		}
	}
}

func TestInviteAddrs(t *testing.T) {
	const loopback, private, public = "/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.7/tcp/1", "/ip4/8.8.8.8/tcp/1"
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("/ip4/8.8.8.8/tcp/%d", i+1))
	}
	var relays []string
	for i := range 20 {
		relays = append(relays, fmt.Sprintf("/ip4/9.9.9.9/tcp/%d/p2p/%s/p2p-circuit", i+1, p2ptest.FixedPeer(t, byte(i))))
	}
	for name, tc := range map[string]struct{ have, want []string }{
		"furthest first":   {[]string{loopback, private, public}, []string{public, private}},
		"one machine":      {[]string{loopback}, []string{loopback}},
		"no more than fit": {many, many[:discover.MaxInviteAddrs]},
		"none":             {nil, nil},
		"room for relays":  {append(slices.Clone(many), relays...), append(slices.Clone(many[:6]), relays[:2]...)},
		"relays alone":     {relays, relays[:discover.MaxInviteAddrs]},
		"what lasts": {[]string{public + "/ws", "/ip4/8.8.8.8/udp/1/quic-v1/webtransport/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ", "/dns4/photos.example/tcp/443/wss"},
			[]string{public + "/ws", "/dns4/photos.example/tcp/443/wss"}},
		"in the order given": {[]string{"/ip4/10.0.0.1/tcp/1", private}, []string{"/ip4/10.0.0.1/tcp/1", private}},
	} {
		if got := discover.InviteAddrs(addrs(tc.have...)); fmt.Sprint(got) != fmt.Sprint(addrs(tc.want...)) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
