package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/cli/demo"
	"rossgram.app/cli/internal/netns"
)

// wired is somebody whose cable can be cut or made slow.
type wired struct {
	*inhabitant
	cable *netns.Cable
}

// villagers are so many people on one switch, none of whose daemons runs yet.
func villagers(t testing.TB, names ...string) []wired {
	n := netns.New(t)
	village := n.Switch("village")
	list := make([]wired, len(names))
	for i, name := range names {
		m := n.Machine(name)
		cable := village.Join(m, "45.77.0."+strconv.Itoa(i+1)+"/16")
		list[i] = wired{moveIn(t, m, name), cable}
	}
	return list
}

const anywhere = "/ip4/0.0.0.0/tcp/7671"

// grainy writes a photo of which every byte is its own, of about 1.2 MB with its
// renditions.
func grainy(t testing.TB, seed uint64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), strconv.FormatUint(seed, 10)+".jpg")
	if err := os.WriteFile(name, grain(1600, 1200, seed), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// follows returns the one account that somebody follows.
func (r *inhabitant) follows(t testing.TB) client.Follow {
	t.Helper()
	var list []client.Follow
	if err := json.Unmarshal([]byte(r.run(t, "--json", "following")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s follows nobody", r.name)
	}
	return list[0]
}

// current reports whether all of the account somebody follows is there.
func (r *inhabitant) current(t testing.TB) bool {
	f := r.follows(t)
	return f.Phase == client.Current && f.Files.Total > 0 && f.Files.Done == f.Files.Total
}

// TestPartitionHeals: what was posted while a follower's cable was out is there
// soon after it is back, and so is what the follower posted meanwhile.
func TestPartitionHeals(t *testing.T) {
	t.Parallel()
	v := villagers(t, "anna", "ben")
	anna, ben := v[0], v[1]
	for _, w := range v {
		w.start(t, anywhere)
	}
	anna.run(t, "post", grainy(t, 1), "-m", "Before the storm")
	ben.run(t, "follow", anna.invite(t), "--wait")
	anna.run(t, "follow", ben.invite(t))
	ben.cable.Cut()
	anna.run(t, "post", grainy(t, 2), "-m", "In the storm, at Anna's")
	ben.run(t, "post", grainy(t, 3), "-m", "In the storm, at Ben's")
	if ben.sees(t, "at Anna's") || anna.sees(t, "at Ben's") {
		t.Fatal("the cable is not out")
	}
	ben.cable.Mend()
	soon(t, "Anna's post at Ben's", func() bool { return ben.sees(t, "at Anna's") })
	soon(t, "Ben's post at Anna's", func() bool { return anna.sees(t, "at Ben's") })
	soon(t, "the photos", func() bool { return ben.current(t) && anna.current(t) })
}

// TestAuthorGoesInTheMiddleOfATransfer is the way of a photo under the conditions
// it is made for: Anna is behind a router that lets nobody in and has posted real
// photographs; Ben has them; Carl has a slow line and just begins to fetch them when
// Anna's machine loses its power. All of them arrive at Carl's.
func TestAuthorGoesInTheMiddleOfATransfer(t *testing.T) {
	t.Parallel()
	n := netns.New(t)
	internet, home := n.Switch("internet"), n.Switch("home")
	n.Router("router", internet, "45.77.9.1/16", home, "192.168.1.1/24")
	at := func(name, address string, s *netns.Switch) wired {
		m := n.Machine(name)
		cable := s.Join(m, address)
		return wired{moveIn(t, m, name), cable}
	}
	anna := at("anna", "192.168.1.2/24", home)
	anna.Gateway("192.168.1.1")
	ben, carl := at("ben", "45.77.0.2/16", internet), at("carl", "45.77.0.3/16", internet)
	for _, w := range []wired{anna, ben, carl} {
		w.run(t, "config", "set", "follow.sources", "true")
		w.start(t, anywhere)
	}
	dir := t.TempDir()
	for i, p := range demo.Photos() {
		photo, err := p.Read()
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, strconv.Itoa(i)+".jpg")
		if err := os.WriteFile(name, photo, 0o666); err != nil {
			t.Fatal(err)
		}
		anna.run(t, "post", name, "-m", "Photograph "+strconv.Itoa(i))
	}
	anna.run(t, "post", grainy(t, 1), grainy(t, 2), grainy(t, 3), grainy(t, 4), "-m", "Photograph of noise")
	anna.run(t, "follow", ben.invite(t)) // who can't be dialled has to dial
	soon(t, "Anna to call Ben", func() bool { return len(anna.peers(t)) > 0 })
	ben.run(t, "follow", anna.invite(t), "--wait")
	soon(t, "all of it at Ben's", func() bool { return ben.current(t) })

	carl.cable.Rate("4mbit")
	anna.run(t, "follow", carl.invite(t))
	soon(t, "Anna to call Carl", func() bool { return len(carl.peers(t)) > 0 })
	carl.run(t, "follow", anna.invite(t))
	soon(t, "Carl to have begun", func() bool { return carl.follows(t).Files.Bytes > 0 })
	anna.cable.Cut()
	anna.stop(syscall.SIGKILL)
	if f := carl.follows(t); f.Files.Total > 0 && f.Files.Done == f.Files.Total {
		t.Fatal("Carl has all of it already")
	}
	carl.run(t, "follow", ben.invite(t))
	soon(t, "all of it at Carl's", func() bool { return carl.has(t, anna.name) })
	feed := carl.run(t, "feed", "-n", "40")
	for i := range demo.Photos() {
		if !strings.Contains(feed, "Photograph "+strconv.Itoa(i)) {
			t.Errorf("photograph %d is not in Carl's feed", i)
		}
	}
}

// has reports whether all of the account with a name is there.
func (r *inhabitant) has(t testing.TB, name string) bool {
	t.Helper()
	var list []client.Follow
	r.ask(t, &list, "following")
	for _, f := range list {
		if f.Name == name {
			return f.Files.Total > 0 && f.Files.Done == f.Files.Total && f.Error == ""
		}
	}
	return false
}

// BenchmarkSlowLink fetches some 30 MB over a line of 50 Mbit/s, and then measures
// how long a new post takes from its announcement to its photos. What is reported is
// the part of the line's rate that was payload, and the new post's time beside what
// its bytes take at that rate.
func BenchmarkSlowLink(b *testing.B) {
	const line = 50e6 / 8 // bytes a second
	var payload, news float64
	for b.Loop() {
		p, n := slowLink(b, line)
		payload, news = payload+p, news+n
	}
	b.ReportMetric(100*payload/float64(b.N), "%of-line")
	b.ReportMetric(news/float64(b.N), "new-post/its-bytes")
}

func slowLink(b *testing.B, line float64) (payload, news float64) {
	b.Helper()
	n := netns.New(b)
	village := n.Switch("village")
	join := func(name, address string) wired {
		m := n.Machine(name)
		return wired{moveIn(b, m, name), village.Join(m, address)}
	}
	anna, ben := join("anna", "45.77.0.1/16"), join("ben", "45.77.0.2/16")
	ben.run(b, "config", "set", "follow.sources", "true")
	anna.start(b, anywhere)
	ben.start(b, anywhere)
	for i := range uint64(24) {
		anna.run(b, "post", grainy(b, i), "-m", "photo "+strconv.FormatUint(i, 10))
	}
	ben.cable.Rate("50mbit")
	begun := time.Now()
	ben.run(b, "follow", anna.invite(b), "--wait")
	soon(b, "all of it", func() bool { return ben.current(b) })
	bytes := float64(ben.follows(b).Files.Bytes)
	payload = bytes / time.Since(begun).Seconds() / line
	anna.run(b, "post", grainy(b, 96), grainy(b, 97), grainy(b, 98), grainy(b, 99), "-m", "news")
	begun = time.Now()
	for total := ben.follows(b).Files.Total; ben.follows(b).Files.Total == total || !ben.current(b); { // asking takes long enough
	}
	size := float64(ben.follows(b).Files.Bytes) - bytes
	return payload, time.Since(begun).Seconds() / (size / line)
}
