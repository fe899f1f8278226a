package simulation

import (
	"slices"
	"time"
)

// figures are what a run says.
type figures struct {
	posts    int
	live     delays // posts to those who were online
	photos   delays // and their photos
	there    delays // posts of before to those who come, the author being there
	away     delays // the author being off, and somebody else who has them not
	nobody   int    // nobody who has them being online
	classes  []class
	traffic  []float64 // MB of each node in an hour online, sorted
	moved    float64   // MB that a node sends and receives, on average, in an hour online
	payload  float64   // MB of photos that a node took, on average, in an hour online
	links    []int     // connections of a node, now and then, sorted
	opened   float64   // connections a node opened or took in an hour online, on average
	lost     []miss    // what should have arrived and did not
	nodeTime time.Duration
}

// delays are how long things took, sorted, and how many did not come.
type delays struct {
	took   []time.Duration
	missed int
}

func (d *delays) add(took time.Duration) { d.took = append(d.took, took) }

func (d *delays) at(share float64) time.Duration {
	if len(d.took) == 0 {
		return 0
	}
	return d.took[min(int(share*float64(len(d.took))), len(d.took)-1)]
}

// miss is a post that somebody who was online did not get.
type miss struct {
	who, author int
	at          time.Duration
	left        time.Duration // how long who was still online
}

// class is accounts with about as many followers.
type class struct {
	least, most int
	accounts    int
	plain, kept share // of the time that authors are off, without a mirror and with one
}

// share is a part of many.
type share struct{ yes, all int }

func (s *share) count(yes bool) {
	s.all++
	if yes {
		s.yes++
	}
}

func (s *share) add(t share) { s.yes, s.all = s.yes+t.yes, s.all+t.all }

func (s share) percent() float64 { return 100 * float64(s.yes) / float64(max(s.all, 1)) }

// How long somebody must be there for the figures to count.
const (
	before = time.Minute      // online before a post, to be one who is online
	after  = 20 * time.Minute // and after it: heads are compared twice meanwhile
	enough = 5 * time.Minute  // online, to be one who comes and catches up, or who has a post to give
	sample = 10 * time.Minute // how often it is looked who has a post
)

// measure reads the ledger of a world that has ended.
func (w *world) measure() *figures {
	f := &figures{}
	of := followers(w.graph())
	settled := time.Duration(w.settling * float64(time.Hour))
	f.classes = classesOf(of)
	for _, s := range w.ledger.shots {
		if s.at < settled {
			continue
		}
		f.posts++
		for _, who := range of[s.author] {
			w.measureLive(f, s, w.people[who])
			w.measureReturns(f, s, w.people[who], settled)
		}
		w.measureAvailability(f.classOf(len(of[s.author])), s)
	}
	w.measureCost(f)
	for _, d := range []*delays{&f.live, &f.photos, &f.there, &f.away} {
		slices.Sort(d.took)
	}
	return f
}

func (w *world) graph() [][]int {
	lists := make([][]int, len(w.people))
	for i, p := range w.people {
		lists[i] = p.follows
	}
	return lists
}

// measureLive notes what somebody got who was online when it was posted.
func (w *world) measureLive(f *figures, s *shot, p *person) {
	for _, session := range p.sessions {
		if !session.covers(s.at-before, s.at+after) {
			continue
		}
		note(&f.live, s.seen, p.index, s.at, session.to)
		note(&f.photos, s.whole, p.index, s.at, session.to)
		if got, ok := s.seen[p.index]; !ok || got > session.to {
			f.lost = append(f.lost, miss{p.index, s.author, s.at, session.to - s.at})
		}
	}
}

// note notes how long something took that began at a moment, if it was there in time.
func note(d *delays, arrivals map[int]time.Duration, who int, from, to time.Duration) {
	if got, ok := arrivals[who]; ok && got <= to {
		d.add(got - from)
		return
	}
	d.missed++
}

// measureReturns notes what somebody got who came online after it was posted, and
// did not have it.
func (w *world) measureReturns(f *figures, s *shot, p *person, settled time.Duration) {
	for i, session := range p.sessions {
		begin := session.from
		if i == 0 || begin < max(s.at, settled) || !session.covers(begin, begin+enough) {
			continue
		}
		if got, ok := s.seen[p.index]; ok && got < begin {
			return
		}
		switch {
		case w.people[s.author].on(begin, begin+enough):
			note(&f.there, s.seen, p.index, begin, session.to)
		case w.people[s.author].any(begin, begin+enough):
		case w.given(s, p.index, begin):
			note(&f.away, s.seen, p.index, begin, session.to)
		default:
			f.nobody++
		}
	}
}

// given reports whether somebody beside the author has a post to give for a while.
func (w *world) given(s *shot, but int, from time.Duration) bool {
	for who, since := range s.whole {
		if who != but && since <= from && w.people[who].on(from, from+enough) {
			return true
		}
	}
	return false
}

// on reports whether somebody is online all the time.
func (p *person) on(from, to time.Duration) bool {
	return slices.ContainsFunc(p.sessions, func(s span) bool { return s.covers(from, to) })
}

// any reports whether somebody is online at some time.
func (p *person) any(from, to time.Duration) bool {
	return slices.ContainsFunc(p.sessions, func(s span) bool { return s.from < to && s.to > from })
}

// measureAvailability looks now and then, while the author is off, whether anybody
// who is online has the post with its photo.
func (w *world) measureAvailability(c *class, s *shot) {
	author := w.people[s.author]
	counted := &c.plain
	if author.mirror != nil {
		counted = &c.kept
	}
	for at := s.at + sample; at < w.end(); at += sample {
		if author.on(at, at) {
			continue
		}
		counted.all++
		for who, since := range s.whole {
			if since <= at && w.people[who].on(at, at) {
				counted.yes++
				break
			}
		}
	}
}

// measureCost adds up what nodes sent, received and held open.
func (w *world) measureCost(f *figures) {
	photos := 0
	for _, s := range w.ledger.shots {
		photos += len(s.whole)
	}
	var bytes int64
	for _, p := range w.people {
		bytes += p.line.bytes.Load()
		var on time.Duration
		for _, s := range p.sessions {
			on += s.to - s.from
		}
		f.nodeTime += on
		if on >= time.Hour {
			f.traffic = append(f.traffic, float64(p.line.bytes.Load())/1e6/on.Hours())
		}
	}
	slices.Sort(f.traffic)
	f.moved = float64(bytes) / 1e6 / f.nodeTime.Hours()
	f.payload = float64(photos*photoBytes()) / 1e6 / f.nodeTime.Hours()
	f.links = slices.Sorted(slices.Values(w.links.counts))
	f.opened = float64(w.links.opened) / f.nodeTime.Hours()
}

func photoBytes() (n int) {
	for _, r := range renditions {
		n += r.bytes
	}
	return n
}

// classesOf makes classes whose bounds double, and counts their accounts.
func classesOf(of [][]int) []class {
	list := []class{{least: 0, most: 0}, {least: 1, most: 1}}
	for least := 2; least < 64; least *= 2 {
		list = append(list, class{least: least, most: 2*least - 1})
	}
	list = append(list, class{least: 64, most: len(of)})
	f := &figures{classes: list}
	for _, fs := range of {
		f.classOf(len(fs)).accounts++
	}
	return list
}

func (f *figures) classOf(followers int) *class {
	for i := range f.classes {
		if c := &f.classes[i]; followers <= c.most {
			return c
		}
	}
	return &f.classes[len(f.classes)-1]
}
