package simulation

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// What nodes do is taken for granted here: whoever is online gets a post at once
// while anybody has it and is online too. That is what [TestFigures] finds nodes do,
// to within seconds; it leaves people, and those can be followed for weeks.

// model is people without computers.
type model struct {
	plan
	of       [][]int // followers
	sessions [][]span
	mirrors  []int // of each account; itself if it has none
}

func newModel(p plan) *model {
	rng := rand.New(rand.NewPCG(p.seed, 1))
	m := &model{plan: p, of: followers(newGraph(p.people, rng))}
	serving := max(int(servers*float64(p.people)), 1)
	for i := range p.people {
		sessions, mirror := []span{{0, p.end()}}, i
		if i >= serving {
			sessions = newSessions(p.end(), p.session, rng)
			if rng.Float64() < mirrored {
				mirror = rng.IntN(serving)
			}
		}
		m.sessions, m.mirrors = append(m.sessions, sessions), append(m.mirrors, mirror)
	}
	return m
}

// step is how closely a model looks.
const step = 10 * time.Minute

// fate is what becomes of a post.
type fate struct {
	had  share // of the time that its author is off, somebody who is online has it
	soon share // of the followers who were online within a day, these had it by then
	at   share // of the times a follower comes and lacks it, it is there at once
}

// follow lets a post spread from a moment on.
func (m *model) follow(author int, from time.Duration) (f fate) {
	readers := m.of[author]
	if m.mirrors[author] != author {
		readers = append(readers[:len(readers):len(readers)], m.mirrors[author])
	}
	has, seen := make([]bool, len(readers)), make([]bool, len(readers))
	was := make([]bool, len(readers)) // online, a step ago
	for at := from; at < from+horizon; at += step {
		there := m.on(author, at)
		given := there
		for i, r := range readers {
			given = given || has[i] && m.on(r, at)
		}
		if !there {
			f.had.count(given)
		}
		for i, r := range readers {
			on := m.on(r, at)
			if on && !was[i] && !has[i] && at > from {
				f.at.count(given)
			}
			was[i], seen[i], has[i] = on, seen[i] || on, has[i] || on && given
		}
		if at-from < 24*time.Hour && at-from+step >= 24*time.Hour {
			for i := range m.of[author] {
				if seen[i] {
					f.soon.count(has[i])
				}
			}
		}
	}
	return f
}

func (m *model) on(who int, at time.Duration) bool {
	_, found := slices.BinarySearchFunc(m.sessions[who], at, func(s span, at time.Duration) int {
		switch {
		case s.to <= at:
			return -1
		case s.from > at:
			return 1
		}
		return 0
	})
	return found
}

// horizon is how long a post is followed.
const horizon = 7 * 24 * time.Hour

// fates are those of the posts of accounts with about as many followers, without a
// mirror and with one.
type fates struct {
	class
	plain, kept fate
}

// fates lets everybody post now and then.
func (m *model) fates(rng *rand.Rand) []fates {
	var list []fates
	for _, c := range classesOf(m.of) {
		list = append(list, fates{class: c})
	}
	for author, of := range m.of {
		i := slices.IndexFunc(list, func(f fates) bool { return len(of) <= f.most })
		sum := &list[i].plain
		if m.mirrors[author] != author {
			sum = &list[i].kept
		}
		for range postsEach {
			if at := time.Duration(rng.Int64N(int64(m.end() - horizon))); m.on(author, at) {
				sum.add(m.follow(author, at))
			}
		}
	}
	return list
}

// postsEach is how often it is looked whether an account's owner is online, and posts.
const postsEach = 10

func (f *fate) add(g fate) {
	f.had.add(g.had)
	f.soon.add(g.soon)
	f.at.add(g.at)
}

func writeFates(w io.Writer, list []fates) {
	fmt.Fprintln(w, "| followers | accounts | had while the author is off | there when a follower comes | has come within a day |")
	fmt.Fprintln(w, "|--:|--:|--:|--:|--:|")
	for _, f := range list {
		if f.accounts > 0 {
			fmt.Fprintf(w, "| %s | %d | %s | %s | %s |\n", f.name(), f.accounts,
				both(f.plain.had, f.kept.had), both(f.plain.at, f.kept.at), both(f.plain.soon, f.kept.soon))
		}
	}
}

func both(plain, kept share) string { return fmt.Sprintf("%s / %s", plain, kept) }

// The more people hold a post the better it is had: were it otherwise, the model, or
// what it says of mirrors, would be wrong.
func TestPostsOfManyFollowersAreHadMore(t *testing.T) {
	m := newModel(plan{people: 200, hours: 14 * 24, session: medianSession, seed: 1})
	list := m.fates(rand.New(rand.NewPCG(1, 2)))
	few, many := list[2], list[len(list)-2] // 2 and 3 followers, and 32 to 63
	if few.plain.had.percent() >= many.plain.had.percent() || many.plain.had.percent() < 95 {
		t.Errorf("with few followers posts are had %v of the time, with many %v", few.plain.had, many.plain.had)
	}
	for _, f := range list {
		if f.kept.had.all > 0 && f.kept.had.percent() < 99 && f.least > 0 {
			t.Errorf("%s followers and a mirror that is always on: had only %v of the time", f.name(), f.kept.had)
		}
	}
}

// TestModel prints the last table of docs/availability.md.
func TestModel(t *testing.T) {
	if *people == 0 {
		t.Skip("make sim prints tables")
	}
	m := newModel(plan{people: *people, hours: 28 * 24, session: medianSession, seed: *seed})
	fmt.Printf("\n%d people, four weeks, no computers: without a mirror / with one.\n\n", *people)
	writeFates(os.Stdout, m.fates(rand.New(rand.NewPCG(*seed, 2))))
}
