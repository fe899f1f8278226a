package follow_test

import (
	"testing"

	"rossgram.app/daemon/follow"
)

func TestThirdNodeServesWhileTheAuthorIsOff(t *testing.T) {
	t.Parallel()
	author, mirror, first := pair(t)
	second := author.post("the second")
	mirror.waitFor(author, second)
	mirror.waitPhase(author, follow.Current)
	author.close()
	reader := newNode(t)
	reader.follow(author)
	connect(t, reader, mirror)
	reader.waitFor(author, first, second)
}

// TestMirrorProvesWhatItSkipped: a node that came by several commits at once can
// show to one which holds an early one that they lead there.
func TestMirrorProvesWhatItSkipped(t *testing.T) {
	t.Parallel()
	author, reader, _ := pair(t)
	reader.close()
	author.post("somebody saw this one alone")
	late := newNode(t)
	late.follow(author)
	connect(t, late, author)
	late.waitPhase(author, follow.Current)
	late.close()
	var posts []post
	for range 3 {
		posts = append(posts, author.post("later"))
	}
	late = late.again()
	connect(t, late, author)
	late.waitFor(author, posts...)
	late.waitPhase(author, follow.Current)
	author.close()
	reader = reader.again()
	connect(t, reader, late)
	reader.waitFor(author, posts...)
}

// TestNewsSpreadsFromWhoAsked: a node that learns of a post by asking tells the
// peers that are connected to it alone.
func TestNewsSpreadsFromWhoAsked(t *testing.T) {
	t.Parallel()
	author, middle, first := pair(t)
	reader := newNode(t)
	reader.follow(author)
	connect(t, reader, middle)
	reader.waitFor(author, first)
	eventually(t, "the reader's subscription", func() bool { return middle.Announce.Listeners(author.id()) >= 2 })
	author.close()
	author = start(t, &node{home: author.home})
	p := author.post("while nobody was connected")
	connect(t, author, middle)
	reader.waitFor(author, p)
}

func TestDeletedPostGoes(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	author.delete(first.path)
	eventually(t, "the end of the post", func() bool { return !reader.sees(author, first) })
	for _, f := range first.files {
		if has, err := reader.Store.Published().Has(t.Context(), f.CID); has || err != nil {
			t.Errorf("its photo is still given out: %v", err)
		}
	}
}

func TestUnfollowedAccountIsDropped(t *testing.T) {
	t.Parallel()
	author, reader, first := pair(t)
	reader.unfollow(author)
	eventually(t, "the end of the account", func() bool {
		_, err := reader.Replica.Head(t.Context(), author.id())
		return err != nil && author.Announce.Listeners(author.id()) == 0
	})
	if _, followed := reader.Keeper.State(author.id()); followed || len(reader.Keeper.States()) != 0 {
		t.Error("it is still shown as followed")
	}
	reader.follow(author) // and comes again if it is followed again
	reader.waitFor(author, first)
	reader.waitPhase(author, follow.Current)
	if n := reader.forgot.Load(); n != 1 {
		t.Errorf("it was dropped %d times", n)
	}
}

func TestUnfollowIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	author, reader, _ := pair(t)
	reader.Keeper.Close() // nothing is dropped any more
	reader.unfollow(author)
	reader = reader.again()
	eventually(t, "the end of the account", func() bool {
		_, err := reader.Replica.Head(t.Context(), author.id())
		return err != nil
	})
}

func TestTwoThousandPostsFromNothing(t *testing.T) {
	t.Parallel()
	author, reader := newNode(t), newNode(t)
	posts := author.posts(2000)
	events, stop := reader.Events.Subscribe(10_000)
	defer stop()
	reader.follow(author)
	connect(t, reader, author)
	eventually(t, "all posts", func() bool { return reader.sees(author, posts[0]) })
	if s := reader.waitPhase(author, follow.Current); s.Files.Done != 2000 || s.Files.Total != 2000 || s.Records.Done < 2000 {
		t.Errorf("%+v", s)
	}
	for _, p := range posts {
		if !reader.shows(author, p) {
			t.Fatal("a post is not whole")
		}
	}
	if n := len(events); n < 2 || n > 200 {
		t.Errorf("%d events", n)
	}
}
