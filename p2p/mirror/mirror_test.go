package mirror_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/p2p"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/internal/wire"
	"rossgram.app/p2p/mirror"
)

// shelf is a source in memory.
type shelf struct {
	mu      sync.Mutex
	wishes  []mirror.Wish
	changed []content.AccountID
	answer  mirror.Answer
	err     error
	version content.Version
	levels  map[content.TID]mirror.Level
	blocks  map[cid.Cid][]byte
}

func (s *shelf) Wished(_ context.Context, _ peer.ID, w mirror.Wish) (mirror.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wishes = append(s.wishes, w)
	return s.answer, s.err
}

func (s *shelf) Changed(_ context.Context, _ peer.ID, account content.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = append(s.changed, account)
}

// heard returns what came so far.
func (s *shelf) heard() ([]mirror.Wish, []content.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wishes, s.changed
}

func (s *shelf) Holds(_ context.Context, _ content.AccountID, posts []mirror.Post) (content.Version, []mirror.Level, error) {
	if s.levels == nil {
		return content.Version{}, nil, content.Errorf("shelf.Holds", content.NotFound, "not held")
	}
	levels := make([]mirror.Level, len(posts))
	for i, p := range posts {
		levels[i] = s.levels[p.TID]
	}
	return s.version, levels, nil
}

func (s *shelf) Block(_ context.Context, c cid.Cid) ([]byte, error) {
	b, ok := s.blocks[c]
	if !ok {
		return nil, content.Errorf("shelf.Block", content.NotFound, "not held")
	}
	return b, nil
}

type node struct {
	*p2p.Host
	speaker *mirror.Speaker
}

func newNode(t testing.TB, s *shelf, now func() time.Time, limits wire.Limits) node {
	n := node{Host: p2ptest.Host(t)}
	key := n.Libp2p().Peerstore().PrivKey(n.ID())
	speaker, err := mirror.New(n.Libp2p(), mirror.Config{Source: s, Key: key, Now: now, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	n.speaker = speaker
	t.Cleanup(func() { speaker.Close() })
	return n
}

// pair returns two nodes that are connected; the second has the shelf.
func pair(t testing.TB, s *shelf) (asking, asked node) {
	asking, asked = newNode(t, &shelf{}, nil, wire.Limits{}), newNode(t, s, nil, wire.Limits{})
	p2ptest.Connect(t, asking.Host, asked.Host)
	return asking, asked
}

func TestAWishArrivesAsItWasSigned(t *testing.T) {
	s := &shelf{answer: mirror.Answer{State: mirror.Accepted, Cap: 5, Used: 3, Words: "wel\u202ecome\n"}}
	a, b := pair(t, s)
	account := p2ptest.NewAccount(t)
	got, err := a.speaker.Wish(p2ptest.Context(t), b.ID(), account.Writer, mirror.Wish{Cert: account.Cert, Cap: 10})
	if err != nil || got != (mirror.Answer{State: mirror.Accepted, Cap: 5, Used: 3, Words: "welcome"}) {
		t.Fatalf("%+v: %v", got, err)
	}
	if err := a.speaker.Changed(p2ptest.Context(t), b.ID(), account.ID); err != nil {
		t.Error(err)
	}
	wishes, changed := s.heard()
	if len(wishes) != 1 || len(changed) != 1 {
		t.Fatalf("heard %v, %v", wishes, changed)
	}
	if w := wishes[0]; w.Account() != account.ID || w.Node != b.ID() || w.Cap != 10 || w.Ends() {
		t.Errorf("%+v", w)
	}
}

func TestANodeThatHasNoRoomForAnotherWishIsBusy(t *testing.T) {
	s := &shelf{err: content.Errorf("shelf", content.Quota, "full")}
	a, b := pair(t, s)
	account := p2ptest.NewAccount(t)
	_, err := a.speaker.Wish(p2ptest.Context(t), b.ID(), account.Writer, mirror.Wish{Cert: account.Cert, Cap: 10})
	if content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
}

func posts(n int) []mirror.Post {
	list := make([]mirror.Post, n)
	for i := range list {
		list[i] = mirror.Post{TID: content.TID(i + 1), Record: content.Sum(content.DagCBOR, []byte{byte(i), byte(i >> 8)})}
	}
	return list
}

func TestAReceiptProvesWhoSaidIt(t *testing.T) {
	s := &shelf{version: content.Version{Epoch: 1, Rev: 7}, levels: map[content.TID]mirror.Level{1: mirror.Whole, 3: mirror.Records}}
	a, b := pair(t, s)
	account := p2ptest.NewAccount(t)
	r, err := a.speaker.Receipt(p2ptest.Context(t), b.ID(), account.ID, posts(mirror.MaxPosts))
	if err != nil {
		t.Fatal(err)
	}
	if r.Node != b.ID() || r.Account != account.ID || r.Version.Rev != 7 || len(r.Levels) != mirror.MaxPosts ||
		r.Levels[0] != mirror.Whole || r.Levels[1] != mirror.Nothing || r.Levels[2] != mirror.Records {
		t.Errorf("%+v", r.Levels[:3])
	}
	kept, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := mirror.DecodeReceipt(kept)
	if err != nil || again.Node != b.ID() || len(again.Posts) != mirror.MaxPosts {
		t.Fatal(err)
	}
	again.Levels[1] = mirror.Whole
	if err := again.Verify(); content.KindOf(err) != content.Invalid {
		t.Errorf("a receipt that was changed is %v", err)
	}
	again = r
	again.Node = a.ID()
	if err := again.Verify(); content.KindOf(err) != content.Invalid {
		t.Errorf("another node's receipt is %v", err)
	}
}

func TestAReceiptForAnAccountThatIsNotHeld(t *testing.T) {
	a, b := pair(t, &shelf{})
	if _, err := a.speaker.Receipt(p2ptest.Context(t), b.ID(), content.AccountID{1}, posts(1)); content.KindOf(err) != content.NotFound {
		t.Errorf("got %v", err)
	}
	if _, err := a.speaker.Receipt(p2ptest.Context(t), b.ID(), content.AccountID{1}, posts(mirror.MaxPosts+1)); content.KindOf(err) != content.Invalid {
		t.Errorf("too many posts: %v", err)
	}
}

func TestASampleCostsHoldingTheBlock(t *testing.T) {
	photo, other := content.NewBlock(content.Raw, []byte("a photo")), content.NewBlock(content.Raw, []byte("another"))
	a, honest := pair(t, &shelf{blocks: map[cid.Cid][]byte{photo.CID: photo.Data, other.CID: other.Data}})
	liar := newNode(t, &shelf{blocks: map[cid.Cid][]byte{photo.CID: []byte("made up")}}, nil, wire.Limits{})
	empty := newNode(t, &shelf{}, nil, wire.Limits{})
	p2ptest.Connect(t, a.Host, liar.Host)
	p2ptest.Connect(t, a.Host, empty.Host)
	ctx := p2ptest.Context(t)
	if ok, err := a.speaker.Sample(ctx, honest.ID(), []content.Block{photo, other}); !ok || err != nil {
		t.Errorf("who holds them: %v, %v", ok, err)
	}
	if ok, err := a.speaker.Sample(ctx, liar.ID(), []content.Block{photo}); ok || err != nil {
		t.Errorf("who makes up an answer: %v, %v", ok, err)
	}
	if ok, err := a.speaker.Sample(ctx, empty.ID(), []content.Block{photo}); ok || content.KindOf(err) != content.NotFound {
		t.Errorf("who has none: %v, %v", ok, err)
	}
}

func TestWordsAreShort(t *testing.T) {
	long := make([]rune, 1000)
	for i := range long {
		long[i] = 'ä'
	}
	if got := mirror.Words(string(long)); len([]rune(got)) != mirror.MaxWords {
		t.Errorf("%d characters", len([]rune(got)))
	}
}
