package sync_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// archive is a source in memory.
type archive struct {
	mu      sync.Mutex
	heads   map[content.AccountID]content.Head
	commits map[cid.Cid]content.Block
	blocks  map[cid.Cid]content.Block // all but commits
	given   int                       // how often a block was asked for
}

func newArchive(t testing.TB, chains ...[]content.Head) *archive {
	a := &archive{heads: make(map[content.AccountID]content.Head), commits: make(map[cid.Cid]content.Block), blocks: make(map[cid.Cid]content.Block)}
	for _, chain := range chains {
		for _, h := range chain {
			b := p2ptest.CommitBlock(t, h)
			a.commits[b.CID] = b
			a.heads[h.Account()] = h
		}
	}
	return a
}

func (a *archive) Head(_ context.Context, account content.AccountID) (content.Head, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h, ok := a.heads[account]
	if !ok {
		return h, content.Errorf("archive.Head", content.NotFound, "not held")
	}
	return h, nil
}

func (a *archive) Commit(_ context.Context, _ content.AccountID, c cid.Cid) (content.Block, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.commits[c]
	if !ok {
		return b, content.Errorf("archive.Commit", content.NotFound, "not held")
	}
	return b, nil
}

func (a *archive) Block(_ context.Context, c cid.Cid, b []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.given++
	block, ok := a.blocks[c]
	if !ok {
		block, ok = a.commits[c]
	}
	if !ok {
		return nil, content.Errorf("archive.Block", content.NotFound, "not held")
	}
	return append(b, block.Data...), nil
}

type node struct {
	*p2p.Host
	sync    *psync.Syncer
	named   directory
	against witness
}

func newNode(t testing.TB, source psync.Source, limits psync.Limits) node {
	n := node{Host: p2ptest.Host(t), named: make(directory), against: make(witness)}
	s, err := psync.New(n.Libp2p(), psync.Config{Source: source, Verify: p2ptest.Verify(t), FilesOf: filesOf, Limits: limits, Directory: n.named, Witness: n.against})
	if err != nil {
		t.Fatal(err)
	}
	n.sync = s
	t.Cleanup(func() { s.Close() })
	return n
}

// witness has evidence of some accounts.
type witness map[content.AccountID]psync.Evidence

func (w witness) Contradicted(id content.AccountID) bool { _, ok := w[id]; return ok }

func (w witness) Evidence(_ context.Context, id content.AccountID) (psync.Evidence, error) {
	e, ok := w[id]
	if !ok {
		return e, content.Errorf("witness.Evidence", content.NotFound, "none")
	}
	return e, nil
}

// pair returns two nodes that are connected, the second with what is held.
func pair(t testing.TB, held *archive) (asking, holding node) {
	asking, holding = newNode(t, newArchive(t), psync.Limits{}), newNode(t, held, psync.Limits{})
	p2ptest.Connect(t, asking.Host, holding.Host)
	return asking, holding
}

func TestHeads(t *testing.T) {
	fresh, same, behind, unknown := p2ptest.NewAccount(t), p2ptest.NewAccount(t), p2ptest.NewAccount(t), p2ptest.NewAccount(t)
	chains := [][]content.Head{fresh.Chain(t, 2), same.Chain(t, 2), behind.Chain(t, 3)}
	a, b := pair(t, newArchive(t, chains...))
	answer, err := a.sync.Heads(p2ptest.Context(t), b.ID(), []psync.Known{
		{Account: unknown.ID},
		{Account: fresh.ID},
		{Account: same.ID, Version: chains[1][1].Version()},
		{Account: behind.ID, Version: chains[2][0].Version()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Held; len(got) != 3 || got[0] != fresh.ID || got[1] != same.ID || got[2] != behind.ID {
		t.Errorf("held: %v", got)
	}
	if got := answer.Newer; len(got) != 2 || got[0].Version() != chains[0][1].Version() || got[1].Version() != chains[2][2].Version() {
		t.Errorf("%d newer heads, want the last of fresh and of behind", len(got))
	}
}

func TestHeadsOfNoAccounts(t *testing.T) {
	a, b := pair(t, newArchive(t))
	if answer, err := a.sync.Heads(p2ptest.Context(t), b.ID(), nil); err != nil || len(answer.Held) != 0 {
		t.Errorf("%+v: %v", answer, err)
	}
}

// TestManyQuietAccounts: a thousand accounts with nothing new take one exchange
// of under 100 KB.
func TestManyQuietAccounts(t *testing.T) {
	const n = 1000
	asked := make([]psync.Known, n)
	held := newArchive(t)
	account := p2ptest.NewAccount(t)
	head := account.Chain(t, 1)[0]
	for i := range asked {
		id := account.ID
		id[0], id[1] = byte(i), byte(i>>8)
		asked[i] = psync.Known{Account: id, Version: head.Version()}
		held.heads[id] = head
	}
	a, b := newNode(t, newArchive(t), psync.Limits{}), newNode(t, held, psync.Limits{})
	between := newTap(t, b.Host)
	p2ptest.Connect(t, a.Host, between.Host)
	answer, err := a.sync.Heads(p2ptest.Context(t), between.ID(), asked)
	if err != nil || len(answer.Held) != n || len(answer.Newer) != 0 {
		t.Fatalf("%d held, %d newer: %v", len(answer.Held), len(answer.Newer), err)
	}
	there, back := between.next(t)
	if size := len(there) + len(back); size > 100_000 {
		t.Errorf("%d bytes", size)
	}
}

func TestTooManyAccounts(t *testing.T) {
	a, b := pair(t, newArchive(t))
	_, err := a.sync.Heads(p2ptest.Context(t), b.ID(), make([]psync.Known, psync.MaxAccounts+1))
	if content.KindOf(err) != content.TooLarge {
		t.Errorf("got %v", err)
	}
	if _, err := a.sync.Heads(p2ptest.Context(t), b.ID(), make([]psync.Known, psync.MaxAccounts)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestHeadFromTheFutureWaits(t *testing.T) {
	account := p2ptest.NewAccount(t)
	early := account.Head(t, time.Now().Add(time.Hour), nil, p2ptest.Tree(t, 1))
	a, b := pair(t, newArchive(t, []content.Head{early}))
	answer, err := a.sync.Heads(p2ptest.Context(t), b.ID(), []psync.Known{{Account: account.ID}})
	if err != nil || answer.Early != 1 || len(answer.Newer) != 0 || len(answer.Held) != 1 {
		t.Errorf("%+v: %v", answer, err)
	}
}

func TestCommits(t *testing.T) {
	account := p2ptest.NewAccount(t)
	chain := account.Chain(t, psync.MaxCommits+500)
	a, b := pair(t, newArchive(t, chain))
	last := len(chain) - 1
	for name, tc := range map[string]struct {
		from  int
		until content.Version
		want  int
	}{
		"one":                  {last, chain[last].Version(), 1},
		"a few":                {last, chain[last-5].Version(), 6},
		"several messages":     {last, chain[last-500].Version(), 501},
		"to the first":         {3, content.Version{}, 4},
		"no more than allowed": {last, content.Version{}, psync.MaxCommits},
	} {
		t.Run(name, func(t *testing.T) {
			from := p2ptest.CommitBlock(t, chain[tc.from]).CID
			got, err := a.sync.Commits(p2ptest.Context(t), b.ID(), account.ID, from, tc.until)
			if err != nil || len(got) != tc.want {
				t.Fatalf("%d commits, want %d: %v", len(got), tc.want, err)
			}
			for i, block := range got {
				if want := p2ptest.CommitBlock(t, chain[tc.from-i]); !block.CID.Equals(want.CID) {
					t.Fatalf("commit %d is another", i)
				}
			}
		})
	}
}

func TestCommitsNotHeld(t *testing.T) {
	account := p2ptest.NewAccount(t)
	chain := account.Chain(t, 10)
	held := newArchive(t, chain)
	delete(held.commits, p2ptest.CommitBlock(t, chain[4]).CID)
	a, b := pair(t, held)
	got, err := a.sync.Commits(p2ptest.Context(t), b.ID(), account.ID, p2ptest.CommitBlock(t, chain[9]).CID, content.Version{})
	if err != nil || len(got) != 5 {
		t.Errorf("%d commits, want the 5 above the gap: %v", len(got), err)
	}
	_, err = a.sync.Commits(p2ptest.Context(t), b.ID(), account.ID, p2ptest.CommitBlock(t, chain[4]).CID, content.Version{})
	if content.KindOf(err) != content.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestPeerWithoutTheProtocol(t *testing.T) {
	a, other := newNode(t, newArchive(t), psync.Limits{}), p2ptest.Host(t)
	p2ptest.Connect(t, a.Host, other)
	if _, err := a.sync.Heads(p2ptest.Context(t), other.ID(), nil); content.KindOf(err) != content.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestPeerThatIsNotConnected(t *testing.T) {
	a, b := newNode(t, newArchive(t), psync.Limits{}), newNode(t, newArchive(t), psync.Limits{})
	if _, err := a.sync.Heads(p2ptest.Context(t), b.ID(), nil); content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestCloseCutsWhatIsUnderWay(t *testing.T) {
	a, silent := newNode(t, newArchive(t), psync.Limits{}), p2ptest.Host(t)
	asked := make(chan struct{})
	silent.Libp2p().SetStreamHandler(psync.Protocol, func(network.Stream) { close(asked) })
	p2ptest.Connect(t, a.Host, silent)
	done := make(chan error)
	go func() {
		_, err := a.sync.Heads(t.Context(), silent.ID(), nil)
		done <- err
	}()
	<-asked
	a.sync.Close()
	if err := <-done; content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
}
