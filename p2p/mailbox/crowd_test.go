package mailbox_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

// crowd is a host whose peers are made up: each of their streams is a pipe. So all
// of them can be there at once.
type crowd struct {
	host.Host
	handler   network.StreamHandler
	now, most atomic.Int64 // streams that the node reads from
}

func (c *crowd) ID() peer.ID                                             { return "asked" }
func (c *crowd) SetStreamHandler(_ protocol.ID, h network.StreamHandler) { c.handler = h }
func (c *crowd) RemoveStreamHandler(protocol.ID)                         {}

// pipe is the node's end of a stream.
type pipe struct {
	network.Stream
	crowd   *crowd
	net     net.Conn
	from    peer.ID
	reading atomic.Bool
}

func (p *pipe) Read(b []byte) (int, error) {
	if p.reading.CompareAndSwap(false, true) {
		p.crowd.enter()
	}
	return p.net.Read(b)
}

func (p *pipe) Close() error {
	if p.reading.CompareAndSwap(true, false) {
		p.crowd.now.Add(-1)
	}
	return p.net.Close()
}

func (p *pipe) Write(b []byte) (int, error)        { return p.net.Write(b) }
func (p *pipe) Reset() error                       { return p.Close() }
func (p *pipe) SetReadDeadline(t time.Time) error  { return p.net.SetReadDeadline(t) }
func (p *pipe) SetWriteDeadline(t time.Time) error { return p.net.SetWriteDeadline(t) }
func (p *pipe) Conn() network.Conn                 { return pipeConn{from: p.from} }

type pipeConn struct {
	network.Conn
	from peer.ID
}

func (c pipeConn) RemotePeer() peer.ID { return c.from }

func (c *crowd) enter() {
	now := c.now.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
}

// say is a whole request of a peer, and reports whether the answer was verdicts.
func (c *crowd) say(from peer.ID, request []byte) bool {
	here, there := net.Pipe()
	go c.handler(&pipe{crowd: c, net: there, from: from})
	go here.Write(request)
	answer, _ := io.ReadAll(here)
	here.Close()
	return len(answer) > 30
}

// flood is a request of a third of a MiB.
func flood(t *testing.T, target p2ptest.Account) (request []byte, notices int) {
	actor := newBook(t)
	var large []mailbox.Notice
	paths := actor.shelf(10, 30_000)
	actor.commit()
	for _, p := range paths {
		large = append(large, actor.notice(target.ID, p))
	}
	q, err := mailbox.DeliverRequest(large...)
	check(t, err)
	return framed(t, q), len(large)
}

// TestAThousandIdentities deliver all at once, again and again. What that takes of
// the node's memory and goroutines is bounded, and so is what all of them together
// make it verify.
func TestAThousandIdentities(t *testing.T) {
	const identities, requests = 1000, 5
	target := p2ptest.NewAccount(t)
	request, n := flood(t, target)
	c, box := &crowd{}, newBox(mailbox.Accepted, target.ID)
	speaker, err := mailbox.New(c, mailbox.Config{Receiver: box, Verify: repo.VerifyHead})
	check(t, err)
	w, begun := watchMemory(), time.Now()
	var crowd sync.WaitGroup
	var served atomic.Int64
	for i := range identities {
		from := peer.ID(fmt.Sprint("identity", i))
		crowd.Go(func() {
			for range requests {
				if c.say(from, request) {
					served.Add(1)
				}
			}
		})
	}
	crowd.Wait()
	check(t, speaker.Close())
	heap, goroutines := w.end()
	heard, kept := box.count()
	t.Logf("%d requests served, at most %d read at once; %d MiB and %d goroutines more", served.Load(), c.most.Load(), heap>>20, goroutines)
	if kept != n || served.Load() == 0 {
		t.Errorf("%d notices are kept of %d requests", kept, served.Load())
	}
	if most := mailbox.AllNotices(time.Since(begun)); heard > most {
		t.Errorf("%d notices were heard, at most %d may be", heard, most)
	}
	// A request is there as bytes, as what was read of it, and as what is written
	// again to compare; and the garbage of as much.
	if most := uint64(mailbox.MaxStreams * mailbox.MaxMessage * 8); heap > most || c.most.Load() > mailbox.MaxStreams {
		t.Errorf("%d MiB, %d read at once", heap>>20, c.most.Load())
	}
	// Of each identity two are the crowd's own; a third is the stream's, and a fourth
	// of the one before that is about to end.
	if most := identities*4 + 100; goroutines > most {
		t.Errorf("%d goroutines", goroutines)
	}
}

// TestIdentitiesThatConnect is the same over connections, as many as a node has; an
// honest peer is served after all that.
func TestIdentitiesThatConnect(t *testing.T) {
	target, actor := p2ptest.NewAccount(t), newBook(t)
	path := actor.follow(target.ID)
	actor.commit()
	request, _ := flood(t, target)
	honest, asked := pair(t, newBox(mailbox.Accepted, target.ID))
	w := watchMemory()
	var flood sync.WaitGroup
	for range 60 {
		flood.Go(func() { attack(t, asked, request) })
	}
	flood.Wait()
	heap, goroutines := w.end()
	t.Logf("%d MiB and %d goroutines more", heap>>20, goroutines)
	if heap > 256<<20 {
		t.Errorf("%d MiB more", heap>>20)
	}
	p2ptest.Eventually(t, "the honest peer to be served", func() bool {
		p2ptest.Connect(t, honest.Host, asked.Host)
		_, err := honest.speaker.Deliver(p2ptest.Context(t), asked.ID(), []mailbox.Notice{actor.notice(target.ID, path)})
		return err == nil
	})
}

// attack is one identity: it connects, sends a request on one stream more than it
// may have, and goes.
func attack(t *testing.T, to node, request []byte) {
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableRelay(), libp2p.ResourceManager(&network.NullResourceManager{}))
	if err != nil {
		t.Error(err)
		return
	}
	defer h.Close()
	if h.Connect(t.Context(), p2ptest.Info(to.Host)) != nil {
		return // its connections are limited too
	}
	for range 3 {
		s, err := h.NewStream(t.Context(), to.ID(), mailbox.Protocol)
		if err != nil {
			continue
		}
		defer s.Reset()
		s.SetDeadline(time.Now().Add(2 * time.Second))
		s.Write(request)
		s.CloseWrite()
		defer io.Copy(io.Discard, s)
	}
}

// watch takes the highest of what the process uses above what it used before.
type watch struct {
	stop, done chan struct{}
	heap       uint64
	goroutines int
}

func watchMemory() *watch {
	w := &watch{stop: make(chan struct{}), done: make(chan struct{})}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	running := runtime.NumGoroutine()
	go func() {
		defer close(w.done)
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			w.heap = max(w.heap, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
			w.goroutines = max(w.goroutines, runtime.NumGoroutine()-running)
			select {
			case <-w.stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return w
}

func (w *watch) end() (heap uint64, goroutines int) {
	close(w.stop)
	<-w.done
	return w.heap, w.goroutines
}
