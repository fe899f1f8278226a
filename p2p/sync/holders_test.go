package sync_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"rossgram.app/content"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// directory names the same holders to everybody.
type directory map[content.AccountID][]peer.AddrInfo

func (d directory) Holders(_ context.Context, account content.AccountID, asker peer.ID, via ma.Multiaddr) []peer.AddrInfo {
	if asker == "" || via == nil {
		panic("nobody asks")
	}
	return d[account]
}

// at returns a peer with n addresses.
func at(t testing.TB, seed byte, n int) peer.AddrInfo {
	info := peer.AddrInfo{ID: p2ptest.FixedPeer(t, seed)}
	for i := range n {
		info.Addrs = append(info.Addrs, ma.StringCast(fmt.Sprintf("/ip4/192.0.2.%d/tcp/%d", seed, i+1)))
	}
	return info
}

func TestHoldersAreNamedByAPeer(t *testing.T) {
	a, b := pair(t, newArchive(t))
	one, none, same := p2ptest.NewAccount(t).ID, p2ptest.NewAccount(t).ID, p2ptest.NewAccount(t).ID
	b.named[one] = []peer.AddrInfo{at(t, 1, 2), at(t, 2, 1)}
	b.named[same] = []peer.AddrInfo{at(t, 2, 1), at(t, 3, 0)}
	got, err := a.sync.Holders(p2ptest.Context(t), b.ID(), []content.AccountID{one, none, same})
	if err != nil || len(got) != 3 {
		t.Fatalf("%v: %v", got, err)
	}
	if want := fmt.Sprint(b.named[one]); fmt.Sprint(got[0]) != want {
		t.Errorf("%v, want %s", got[0], want)
	}
	if len(got[1]) != 0 || len(got[2]) != 1 || got[2][0].ID != p2ptest.FixedPeer(t, 2) {
		t.Errorf("%v and %v, want nobody, and the one that has an address", got[1], got[2])
	}
}

// TestHoldersAnswerIsBounded: a directory that knows no bounds is kept to them.
func TestHoldersAnswerIsBounded(t *testing.T) {
	a, b := pair(t, newArchive(t))
	accounts := make([]content.AccountID, psync.MaxHoldersAccounts)
	for i := range accounts {
		accounts[i][0] = byte(i)
		for n := range 2 * psync.MaxHolders {
			b.named[accounts[i]] = append(b.named[accounts[i]], at(t, byte((i*3+n)%250)+1, 2*psync.MaxHolderAddrs))
		}
	}
	got, err := a.sync.Holders(p2ptest.Context(t), b.ID(), accounts)
	if err != nil {
		t.Fatal(err)
	}
	peers := make(map[peer.ID]bool)
	for i, infos := range got {
		if i < 4 && len(infos) != psync.MaxHolders {
			t.Errorf("account %d: %d holders, want as many as may be", i, len(infos))
		}
		for _, info := range infos {
			peers[info.ID] = true
			if len(infos) > psync.MaxHolders || len(info.Addrs) != psync.MaxHolderAddrs {
				t.Errorf("account %d: %d holders, one with %d addresses", i, len(infos), len(info.Addrs))
			}
		}
	}
	if len(peers) != 128 {
		t.Errorf("%d peers in one answer", len(peers))
	}
	if _, err := a.sync.Holders(p2ptest.Context(t), b.ID(), append(accounts, content.AccountID{1, 1})); content.KindOf(err) != content.TooLarge {
		t.Errorf("too many accounts: %v", err)
	}
}

// TestLyingDirectories: an answer that breaks the protocol names nobody.
func TestLyingDirectories(t *testing.T) {
	n := newNode(t, newArchive(t), psync.Limits{})
	id, addr := []byte(p2ptest.FixedPeer(t, 1)), ma.StringCast("/ip4/192.0.2.7/tcp/1").Bytes()
	answer := func(of, peers any) []byte { return frame(t, m{"holders": m{"of": of, "peers": peers}}) }
	honest := []any{[]any{id, [][]byte{addr}}}
	for name, tc := range map[string]struct {
		answer []byte
		named  int
		kind   content.Kind
	}{
		"the truth":               {answer([]any{[]int{0}}, honest), 1, content.Other},
		"of too many accounts":    {answer([]any{[]int{0}, []int{0}}, honest), 0, content.Invalid},
		"of too few":              {answer([]any{}, honest), 0, content.Invalid},
		"a place there is not":    {answer([]any{[]int{1}}, honest), 0, content.Invalid},
		"too many for an account": {answer([]any{make([]int, 9)}, honest), 0, content.Invalid},
		"too many peers":          {answer([]any{[]int{0}}, slices.Repeat(honest, 129)), 0, content.Invalid},
		"a broken peer ID":        {answer([]any{[]int{0}}, []any{[]any{[]byte("x"), [][]byte{addr}}}), 0, content.Invalid},
		"too many addresses":      {answer([]any{[]int{0}}, []any{[]any{id, [][]byte{addr, addr, addr, addr, addr}}}), 0, content.Invalid},
		"an address of junk":      {answer([]any{[]int{0}}, []any{[]any{id, [][]byte{{1}, addr}}}), 1, content.Other},
		"a long address":          {answer([]any{[]int{0}}, []any{[]any{id, [][]byte{make([]byte, 300)}}}), 1, content.Other},
		"heads":                   {frame(t, m{"heads": m{"held": []byte{0}, "newer": 0}}), 0, content.Invalid},
		"refused, being older":    {frame(t, m{"error": m{"reason": "refused"}}), 0, content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLiar(t, tc.answer, false)
			p2ptest.Connect(t, n.Host, l.Host)
			got, err := n.sync.Holders(p2ptest.Context(t), l.ID(), []content.AccountID{{}})
			named := 0
			for _, infos := range got {
				named += len(infos)
			}
			if content.KindOf(err) != tc.kind && err != nil || (err == nil) != (tc.kind == content.Other) || named != tc.named {
				t.Errorf("%v: %v, want kind %v", got, err, tc.kind)
			}
		})
	}
}

func TestNodeWithoutADirectoryRefuses(t *testing.T) {
	a, silent := newNode(t, newArchive(t), psync.Limits{}), p2ptest.Host(t)
	s, err := psync.New(silent.Libp2p(), psync.Config{Source: newArchive(t), Verify: p2ptest.Verify(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p2ptest.Connect(t, a.Host, silent)
	if _, err := a.sync.Holders(p2ptest.Context(t), silent.ID(), nil); content.KindOf(err) != content.Invalid {
		t.Error(err)
	}
}
