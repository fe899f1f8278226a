package index_test

import (
	"fmt"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/index"
)

// posts is n posts, p0 being the oldest, a minute apart.
func posts(n int) (list []change) {
	for i := range n {
		list = append(list, post(tidAt(time.Duration(i-n)*time.Minute), fmt.Sprint("p", i)))
	}
	return list
}

func TestHomeAPageAtATime(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, posts(7)...)
	all := w.home(anna, index.Page{})
	id := func(n int) index.StatusID { return all[len(all)-1-n].ID }
	for name, c := range map[string]struct {
		page index.Page
		want string
	}{
		"all":                      {index.Page{}, "p6 p5 p4 p3 p2 p1 p0"},
		"newest":                   {index.Page{Limit: 2}, "p6 p5"},
		"older":                    {index.Page{MaxID: id(5), Limit: 2}, "p4 p3"},
		"oldest":                   {index.Page{MaxID: id(1)}, "p0"},
		"older than all":           {index.Page{MaxID: id(0)}, ""},
		"older than one not there": {index.Page{MaxID: id(2) + 1, Limit: 1}, "p2"},
		"older than the lowest id": {index.Page{MaxID: 1}, ""},
		"newest since":             {index.Page{SinceID: id(2), Limit: 2}, "p6 p5"},
		"all since":                {index.Page{SinceID: id(4)}, "p6 p5"},
		"next after":               {index.Page{MinID: id(2), Limit: 2}, "p4 p3"},
		"newer than all":           {index.Page{MinID: id(6)}, ""},
		"newer than the highest":   {index.Page{MinID: 1<<63 - 1}, ""},
		"after one not there":      {index.Page{MinID: id(2) - 1, Limit: 1}, "p2"},
		"between":                  {index.Page{SinceID: id(1), MaxID: id(5)}, "p4 p3 p2"},
		"next in a gap":            {index.Page{MinID: id(1), MaxID: id(5), Limit: 2}, "p3 p2"},
		"next after, and since":    {index.Page{MinID: id(0), SinceID: id(3), Limit: 2}, "p5 p4"},
		"nothing between":          {index.Page{SinceID: id(3), MaxID: id(2)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := captions(w.home(anna, c.page)); got != c.want {
				t.Errorf("shows %q, want %q", got, c.want)
			}
		})
	}
}

func TestAPageHasItsMostPosts(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	w.commit(anna, posts(100)...)
	for asked, want := range map[int]int{0: index.DefaultLimit, -3: index.DefaultLimit, 1: 1, 80: 80, 81: index.MaxLimit, 1 << 40: index.MaxLimit} {
		if got := len(w.home(anna, index.Page{Limit: asked})); got != want {
			t.Errorf("%d posts asked, %d shown, want %d", asked, got, want)
		}
	}
}

func TestHomeIsOnesOwnPostsAndThoseOfWhomOneFollows(t *testing.T) {
	anna, ben, carl := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	w.commit(anna, post(tidAt(1), "anna"))
	w.commit(ben, post(tidAt(time.Second), "ben"))
	w.commit(carl, post(tidAt(2*time.Second), "carl"))
	w.expectHome(anna, index.Page{}, "anna")
	w.commit(anna, follow(ben))
	w.expectHome(anna, index.Page{}, "ben anna")
	w.commit(ben, post(tidAt(-time.Second), "earlier"), follow(carl))
	w.expectHome(anna, index.Page{}, "ben anna earlier")
	w.expectHome(ben, index.Page{}, "") // not of this node
	w.commit(anna, follow(anna))
	w.expectHome(anna, index.Page{}, "ben anna earlier")
	w.commit(anna, unfollow(anna), unfollow(carl))
	w.expectHome(anna, index.Page{}, "ben anna earlier")
}

func TestFollowingAndUnfollowingSomeoneWithManyPosts(t *testing.T) {
	anna, ben, carl := newAccount(0), newAccount(1), newAccount(2)
	w := newWorld(t, anna)
	n := 2*w.ix.Step() + 3
	w.commit(anna, follow(carl))
	w.commit(ben, posts(n)...)
	w.commit(carl, post(tidAt(-90*time.Second), "carl"))
	w.commit(anna, follow(ben))
	w.expectHome(anna, index.Page{Limit: 3}, fmt.Sprintf("p%d carl p%d", n-1, n-2))
	shown := 0
	for p, more := (index.Page{Limit: index.MaxLimit}), true; more; {
		list := w.home(anna, p)
		shown += len(list)
		if more = len(list) == index.MaxLimit; more {
			p.MaxID = list[len(list)-1].ID
		}
	}
	if shown != n+1 {
		t.Errorf("%d posts shown, want %d", shown, n+1)
	}
	w.commit(anna, unfollow(ben))
	w.expectHome(anna, index.Page{}, "carl")
	if got := w.known(ben); got.Posts != n || got.Followers != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAnEditedPostStaysWhereItIsAndADeletedOneGoes(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(anna, follow(ben))
	w.commit(ben, post(tidAt(1), "one"), post(tidAt(time.Second), "two"), post(tidAt(2*time.Second), "three"))
	before := w.home(anna, index.Page{})
	w.commit(ben, post(tidAt(time.Second), "edited"))
	w.expectHome(anna, index.Page{}, "three edited one")
	after := w.home(anna, index.Page{})
	if after[1].ID != before[1].ID || after[1].URI != before[1].URI || after[1].CID == before[1].CID {
		t.Errorf("%+v became %+v", before[1], after[1])
	}
	w.commit(ben, unpost(tidAt(time.Second)))
	w.expectHome(anna, index.Page{}, "three one")
	_, err := w.ix.Post(t.Context(), before[1].ID)
	refused(t, err, content.NotFound, "no such post")
	_, err = w.ix.PostByURI(t.Context(), before[1].URI)
	refused(t, err, content.NotFound, "no such post")
	if got := w.known(ben); got.Posts != 2 || !got.LastPost.Equal(tidAt(2*time.Second).Time().Truncate(time.Millisecond)) {
		t.Errorf("%+v", got)
	}
}

func TestAPostFromTheFutureWaitsForItsTime(t *testing.T) {
	anna := newAccount(0)
	w := newWorld(t, anna)
	soon := tidAt(20 * time.Minute)
	w.commit(anna, post(tidAt(1), "now"), post(soon, "soon"), post(tidAt(time.Hour*24*365*200), "never"))
	w.expectHome(anna, index.Page{}, "now")
	w.at = w.at.Add(20 * time.Minute)
	w.commit(anna, profile("Anna"))
	w.expectHome(anna, index.Page{}, "soon now")
	if n := w.known(anna).Posts; n != 2 {
		t.Errorf("%d posts", n)
	}
}

func TestAnAccountThatComesToTheNodeHasAHomeAndOneThatLeavesHasNone(t *testing.T) {
	anna, ben := newAccount(0), newAccount(1)
	w := newWorld(t, anna)
	w.commit(ben, follow(anna), post(tidAt(1), "ben"))
	w.commit(anna, post(tidAt(time.Second), "anna"))
	w.expectHome(ben, index.Page{}, "")
	w.viewers = append(w.viewers, ben.id)
	w.open()
	w.expectHome(ben, index.Page{}, "anna ben")
	w.commit(anna, post(tidAt(2*time.Second), "more"))
	w.expectHome(ben, index.Page{}, "more anna ben")
	w.viewers = w.viewers[:1]
	w.open()
	w.expectHome(ben, index.Page{}, "")
	w.expectHome(anna, index.Page{}, "more anna")
}
