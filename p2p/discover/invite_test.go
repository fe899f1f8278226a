package discover_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/discover"
	"rossgram.app/p2p/internal/p2ptest"
)

func addrs(texts ...string) []ma.Multiaddr {
	list := make([]ma.Multiaddr, len(texts))
	for i, s := range texts {
		list[i] = ma.StringCast(s)
	}
	return list
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample is an invite of the account of golden files.
func sample(t testing.TB) (discover.Invite, keys.WriterKey) {
	account := p2ptest.FixedAccount(t)
	return discover.Invite{
		Cert: account.Cert, Name: "Ada", Expires: p2ptest.Noon.Add(30 * 24 * time.Hour),
		Nodes: []peer.AddrInfo{
			{ID: p2ptest.FixedPeer(t, 1), Addrs: addrs("/ip4/192.0.2.7/tcp/4001", "/ip4/192.0.2.7/udp/4001/quic-v1")},
			{ID: p2ptest.FixedPeer(t, 2), Addrs: addrs("/dns4/photos.example/tcp/4001")},
		},
	}, account.Writer
}

func TestInviteRoundTrip(t *testing.T) {
	invite, key := sample(t)
	text, err := invite.Sign(key)
	check(t, err)
	for name, form := range map[string]string{
		"as made":          text,
		"upper case":       strings.ToUpper(text),
		"with white space": " \n" + text[:40] + "\r\n\t" + text[40:] + " ",
	} {
		got, err := discover.ParseInvite(form, p2ptest.Noon)
		if err != nil || !reflect.DeepEqual(got, invite) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestInviteTakesEveryKindOfAddress: over relays, behind a reverse proxy, of IPv6,
// and in a private network.
func TestInviteTakesEveryKindOfAddress(t *testing.T) {
	invite, key := sample(t)
	invite.Nodes[0].Addrs = addrs(
		"/dns4/photos.example/tcp/443/wss", "/dns6/photos.example/tcp/443/tls/ws",
		"/ip6/2001:db8::7/udp/7671/quic-v1",
		"/ip4/192.0.2.9/udp/7671/quic-v1/p2p/"+p2ptest.FixedPeer(t, 9).String()+"/p2p-circuit",
		"/dns4/relay.example/tcp/443/wss/p2p/"+p2ptest.FixedPeer(t, 9).String()+"/p2p-circuit",
	)
	invite.Nodes[1].Addrs = nil
	invite.Network = []byte("8 bytes.")
	text, err := invite.Sign(key)
	check(t, err)
	got, err := discover.ParseInvite(text, p2ptest.Noon)
	if err != nil || fmt.Sprint(got.Nodes[0]) != fmt.Sprint(invite.Nodes[0]) || !bytes.Equal(got.Network, invite.Network) {
		t.Errorf("%v, %v", got.Nodes, err)
	}
}

func TestGoldenInvite(t *testing.T) {
	invite, key := sample(t)
	text, err := invite.Sign(key)
	check(t, err)
	p2ptest.CheckGolden(t, "An invite of two nodes, whose keys are of the seeds 01 and 02 repeated, with three addresses; it expires 30 days after now.",
		p2ptest.Golden{Name: "invite", Text: text})
}

// form is the wire form of an invite as a second implementation may make it.
type form map[string]any

func sampleForm(t testing.TB) (form, keys.WriterKey) {
	invite, key := sample(t)
	var nodes []any
	for _, n := range invite.Nodes {
		var raw [][]byte
		for _, a := range n.Addrs {
			raw = append(raw, a.Bytes())
		}
		nodes = append(nodes, []any{[]byte(n.ID), raw})
	}
	return form{"cert": invite.Cert, "name": invite.Name, "expires": invite.Expires.Unix(), "nodes": nodes}, key
}

// text signs and armours the form.
func (f form) text(t testing.TB, key keys.WriterKey) string {
	message, err := dagcbor.Marshal(map[string]any(f))
	check(t, err)
	signed := maps.Clone(f)
	signed["sig"] = key.Sign(keys.DomainInvite, message)
	body, err := dagcbor.Marshal(map[string]any(signed))
	check(t, err)
	return armour(1, body)
}

func armour(version byte, body []byte) string {
	b := append([]byte{version}, body...)
	sum := sha256.Sum256(b)
	return "rg-invite:" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append(b, sum[:4]...)))
}

func TestSecondImplementationMakesTheSameInvite(t *testing.T) {
	invite, key := sample(t)
	want, err := invite.Sign(key)
	check(t, err)
	f, _ := sampleForm(t)
	if got := f.text(t, key); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
}

// TestInvitesRefused: each bad invite is refused with words that say what to do.
func TestInvitesRefused(t *testing.T) {
	invite, key := sample(t)
	text, err := invite.Sign(key)
	check(t, err)
	with := func(field string, v any) string {
		f, _ := sampleForm(t)
		f[field] = v
		return f.text(t, key)
	}
	node := func(addr ...[]byte) []any { return []any{[]any{[]byte(p2ptest.FixedPeer(t, 1)), addr}} }
	nodes := func(n, addrs int) (list []any) {
		raw := make([][]byte, addrs)
		for i := range raw {
			raw[i] = ma.StringCast("/ip4/192.0.2.7/tcp/4001").Bytes()
		}
		for range n {
			list = append(list, []any{[]byte(p2ptest.FixedPeer(t, 1)), raw})
		}
		return list
	}
	stranger := p2ptest.NewAccount(t)
	unsigned, _ := sampleForm(t)
	body, err := dagcbor.Marshal(map[string]any(unsigned))
	check(t, err)
	for name, tc := range map[string]struct {
		text string
		kind content.Kind
		says string
	}{
		"expired":               {with("expires", p2ptest.Noon.Unix()-1), content.Invalid, "expired on 2026-06-01; ask for a new one"},
		"one letter changed":    {swap(text, 100), content.Corrupt, "copy it again"},
		"a letter that is none": {text[:50] + "!" + text[51:], content.Corrupt, "copy it again"},
		"cut off":               {text[:len(text)-9], content.Corrupt, "copy it again"},
		"only the beginning":    {"rg-invite:", content.Corrupt, "copy it again"},
		"of a later version":    {armour(2, []byte("whatever")), content.Unavailable, "update"},
		"something else":        {"https://photos.example/", content.Invalid, "begins with rg-invite:"},
		"nothing":               {"", content.Invalid, "begins with rg-invite:"},
		"endless":               {text + strings.Repeat("a", 10_000), content.TooLarge, "too long"},
		"signed by another":     {func() string { f, _ := sampleForm(t); return f.text(t, stranger.Writer) }(), content.Invalid, "not signed by the account"},
		"another's certificate": {with("cert", stranger.Cert), content.Invalid, "not signed by the account"},
		"not signed":            {armour(1, body), content.Invalid, "not signed by the account"},
		"a forged certificate":  {with("cert", forge(invite.Cert)), content.Invalid, ""},
		"five nodes":            {with("nodes", nodes(5, 1)), content.Invalid, "at most 4 nodes"},
		"nine addresses":        {with("nodes", nodes(3, 3)), content.Invalid, "8 addresses"},
		"a long name":           {with("name", strings.Repeat("é", 65)), content.Invalid, "64 characters"},
		"a name turned around":  {with("name", "Ada\u202e"), content.Invalid, "hidden"},
		"without a time":        {with("expires", 0), content.Invalid, "when it expires"},
		"beyond a year":         {with("expires", p2ptest.Noon.Add(400*24*time.Hour).Unix()), content.Invalid, "year"},
		"a broken address":      {with("nodes", node([]byte{1, 2})), content.Invalid, "address"},
		"a broken peer ID":      {with("nodes", []any{[]any{[]byte("x"), [][]byte{}}}), content.Invalid, ""},
		"an unknown field":      {with("more", 1), content.Invalid, ""},
		"not a map":             {armour(1, []byte{0x80}), content.Invalid, ""},
		"empty":                 {armour(1, nil), content.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := discover.ParseInvite(tc.text, p2ptest.Noon)
			if content.KindOf(err) != tc.kind || !strings.Contains(fmt.Sprint(err), tc.says) {
				t.Errorf("kind %v, want %v: %v", content.KindOf(err), tc.kind, err)
			}
		})
	}
}

// swap changes one letter of an invite.
func swap(text string, at int) string {
	c := byte('a')
	if text[at] == c {
		c = 'b'
	}
	return text[:at] + string(c) + text[at+1:]
}

func forge(c content.Certificate) content.Certificate {
	c.Sig = append([]byte{c.Sig[0] ^ 1}, c.Sig[1:]...)
	return c
}

func TestInviteOfAnotherWriterIsNotSigned(t *testing.T) {
	invite, _ := sample(t)
	if _, err := invite.Sign(keys.NewWriterKey()); content.KindOf(err) != content.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestInviteOverTheLimitsIsNotSigned(t *testing.T) {
	for name, change := range map[string]func(*discover.Invite){
		"nodes":     func(i *discover.Invite) { i.Nodes = make([]peer.AddrInfo, discover.MaxInviteNodes+1) },
		"addresses": func(i *discover.Invite) { i.Nodes[0].Addrs = make([]ma.Multiaddr, discover.MaxInviteAddrs) },
		"name":      func(i *discover.Invite) { i.Name = strings.Repeat("n", discover.MaxInviteName+1) },
		"length": func(i *discover.Invite) {
			long := "/dns4/" + strings.Repeat(strings.Repeat("a", 60)+".", 4) + "example/tcp/1"
			i.Name, i.Nodes = strings.Repeat("界", discover.MaxInviteName), i.Nodes[:1]
			i.Nodes[0].Addrs = nil
			for range discover.MaxInviteAddrs {
				i.Nodes[0].Addrs = append(i.Nodes[0].Addrs, addrs(long)...)
			}
		},
		"network": func(i *discover.Invite) { i.Network = make([]byte, 32) },
		"no time": func(i *discover.Invite) { i.Expires = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			invite, key := sample(t)
			change(&invite)
			if _, err := invite.Sign(key); err == nil {
				t.Error("signed")
			}
		})
	}
}

// TestLargestInviteFits: the most nodes, addresses and characters there may be
// make a text that is read again.
func TestLargestInviteFits(t *testing.T) {
	invite, key := sample(t)
	invite.Name = strings.Repeat("界", discover.MaxInviteName)
	invite.Nodes = nil
	for i := range byte(discover.MaxInviteNodes) {
		invite.Nodes = append(invite.Nodes, peer.AddrInfo{ID: p2ptest.FixedPeer(t, i), Addrs: addrs(
			"/dns4/"+strings.Repeat("a", 60)+"."+strings.Repeat("b", 60)+".example/tcp/4001",
			"/ip6/2001:db8::7/udp/4001/quic-v1",
		)})
	}
	text, err := invite.Sign(key)
	check(t, err)
	if _, err := discover.ParseInvite(text, p2ptest.Noon); err != nil {
		t.Errorf("%d characters: %v", len(text), err)
	}
}

func FuzzParseInvite(f *testing.F) {
	invite, key := sample(f)
	text, err := invite.Sign(key)
	check(f, err)
	f.Add([]byte{1, 0xa0}, text)
	form, _ := sampleForm(f)
	body, err := dagcbor.Marshal(map[string]any(form))
	check(f, err)
	f.Add(append([]byte{1}, body...), "rg-invite:")
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		texts := []string{text}
		if len(body) > 0 { // past the checksum, which no mutation would hit
			texts = append(texts, armour(body[0], body[1:]))
		}
		for _, text := range texts {
			got, err := discover.ParseInvite(text, p2ptest.Noon)
			if err == nil && !reflect.DeepEqual(got, invite) {
				t.Errorf("an invite nobody signed: %+v", got)
			}
		}
	})
}
