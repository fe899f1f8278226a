package reception_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/p2p/mailbox"
)

// TestAnyOrder has some actors say, change and take back what they like, and brings
// all notices of it in any order, some twice, with restarts in between. What is listed
// in the end is what stands in the actors' repositories.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { anyOrder(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func anyOrder(t *testing.T, random *rand.Rand) {
	w := newWorld(t)
	posts := []record.Subject{w.post(""), w.post("")}
	var notices []mailbox.Notice
	comments, likes := make(map[content.Path][]string), make(map[content.Path]int64)
	for i := range 4 {
		said := w.friend().chatter(random, posts, fmt.Sprint("actor ", i))
		notices = append(notices, said.notices...)
		for _, p := range posts {
			comments[p.Path] = append(comments[p.Path], slices.Sorted(maps.Values(said.comments[p.Path]))...)
			if said.likes[p.Path] {
				likes[p.Path]++
			}
		}
	}
	notices = append(notices, notices[:len(notices)/2]...)
	random.Shuffle(len(notices), func(i, j int) { notices[i], notices[j] = notices[j], notices[i] })
	for i, n := range notices {
		w.wants(n, mailbox.Accepted)
		if i%50 == 25 {
			w.reopen(quick)
		}
	}
	for _, p := range posts {
		slices.Sort(comments[p.Path])
		eventually(t, "what stands", func() bool {
			listed := w.texts(p)
			slices.Sort(listed)
			return slices.Equal(listed, comments[p.Path]) && w.likes(p) == likes[p.Path]
		})
	}
}

// chat is what an actor said: a notice for each time, and what is left of it.
type chat struct {
	notices  []mailbox.Notice
	comments map[content.Path]map[content.Path]string
	likes    map[content.Path]bool
}

func (a *actor) chatter(random *rand.Rand, posts []record.Subject, name string) chat {
	c := chat{comments: make(map[content.Path]map[content.Path]string), likes: make(map[content.Path]bool)}
	for _, p := range posts {
		c.comments[p.Path] = make(map[content.Path]string)
	}
	for i := range 40 {
		post := posts[random.IntN(len(posts))]
		mine := slices.Sorted(maps.Keys(c.comments[post.Path]))
		text := fmt.Sprint(name, " says ", i)
		var p content.Path
		switch what := random.IntN(6); {
		case what < 2 && c.likes[post.Path]:
			p = likePath(post)
			a.remove(p)
			c.likes[post.Path] = false
		case what < 2:
			p = a.like(post)
			c.likes[post.Path] = true
		case what < 4 || len(mine) == 0:
			p = a.comment(post, text)
			c.comments[post.Path][p] = text
		case what == 4:
			p = mine[random.IntN(len(mine))]
			a.edit(p, record.Comment{Post: post, Text: text})
			c.comments[post.Path][p] = text
		default:
			p = mine[random.IntN(len(mine))]
			a.remove(p)
			delete(c.comments[post.Path], p)
		}
		c.notices = append(c.notices, a.notice(p))
	}
	return c
}
