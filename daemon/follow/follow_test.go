package follow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/daemon/follow"
	"rossgram.app/p2p/discover"
)

// pair returns an author and a connected reader who follows and is current.
func pair(t testing.TB) (author, reader *node, first post) {
	author, reader = newNode(t), newNode(t)
	first = author.post("the first")
	reader.follow(author)
	connect(t, reader, author)
	reader.waitFor(author, first)
	reader.waitPhase(author, follow.Current)
	return author, reader, first
}

// listening waits until an author's node knows that others listen.
func listening(t testing.TB, author *node, others int) {
	t.Helper()
	eventually(t, "subscriptions", func() bool { return author.Announce.Listeners(author.id()) >= others })
}

func TestPostArrivesWithTheAnnouncementAlone(t *testing.T) {
	t.Parallel()
	author, reader, _ := pair(t)
	listening(t, author, 1)
	author.Sync.Close() // nothing can be asked any more
	author.Exchange.Close()
	for _, text := range []string{"one", "two", "three"} {
		p := author.post(text)
		eventually(t, "the post", func() bool { return reader.sees(author, p) })
	}
}

func TestReaderWhoWasAwayCatchesUp(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	reader.close()
	gone := []content.Path{first.path}
	var kept []post
	for range 5 {
		kept = append(kept, author.post("while the reader was away"))
	}
	author.delete(gone...)
	reader = reader.again()
	connect(t, author, reader)
	reader.waitFor(author, kept...)
	if reader.sees(author, first) {
		t.Error("the deleted post is still there")
	}
	s := reader.waitPhase(author, follow.Current)
	if s.Holders != 1 || s.LastContact.IsZero() || s.Error != "" {
		t.Errorf("%+v", s)
	}
}

// TestInviteIsEnough: who has an invite and follows needs nothing else, in
// whichever order the two come.
func TestInviteIsEnough(t *testing.T) {
	t.Parallel()
	author, before, after := newNode(t), newNode(t), newNode(t)
	p := author.post("come and see")
	invite := discover.Invite{
		Cert: author.ring.Certificate(), Nodes: []peer.AddrInfo{author.info()}, Expires: time.Now().Add(time.Hour),
	}
	check(t, before.Keeper.Invited(t.Context(), invite))
	before.follow(author)
	after.follow(author)
	check(t, after.Keeper.Invited(t.Context(), invite))
	before.waitFor(author, p)
	after.waitFor(author, p)
}

// TestInviteFromAnotherNetworkSaysWhatIsMissing: it is refused before anybody is
// dialled.
func TestInviteFromAnotherNetworkSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	invite := discover.Invite{
		Cert: author.ring.Certificate(), Nodes: []peer.AddrInfo{author.info()}, Expires: time.Now().Add(time.Hour),
		Network: []byte("8 bytes."),
	}
	err := reader.Keeper.Invited(t.Context(), invite)
	if content.KindOf(err) != content.Invalid || !strings.Contains(content.Message(err), "private network") {
		t.Errorf("%v", err)
	}
	if left := reader.Book.Holders(author.id()); len(left) != 0 {
		t.Errorf("%v is remembered", left)
	}
}
