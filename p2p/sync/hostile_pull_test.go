package sync_test

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/multiformats/go-multihash"
	"github.com/multiformats/go-varint"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/p2ptest"
	psync "rossgram.app/p2p/sync"
)

// section writes a block as a CAR does, under a CID that may be another's.
func section(c cid.Cid, data []byte) []byte {
	b := append(c.Bytes(), data...)
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

func carHead(t testing.TB, root cid.Cid) []byte {
	return frame(t, m{"roots": []dagcbor.Link{{Cid: root}}, "version": 1})
}

// TestLyingPulls: whatever a peer sends that is not part of the repository ends the
// pull, and never reaches the sink.
func TestLyingPulls(t *testing.T) {
	l := newLibrary(t)
	photo := l.photo(1, 3000)
	l.post(1, photo)
	old := l.commit()
	l.post(2)
	head := l.commit()
	other := newLibrary(t)
	other.post(9)
	alien := other.commit()

	commit, past := p2ptest.CommitBlock(t, head), p2ptest.CommitBlock(t, old)
	root := l.blocks[head.Commit.Data.Cid]
	record, stray := p2ptest.Tree(t, 2), p2ptest.Tree(t, 77)
	begin := append(frame(t, m{"pull": m{"head": head}}), carHead(t, commit.CID)...)
	after := func(parts ...[]byte) []byte { return slices.Concat(append([][]byte{begin}, parts...)...) }
	block := func(b content.Block) []byte { return section(b.CID, b.Data) }
	sha512, err := multihash.Sum([]byte("x"), multihash.SHA2_512, -1)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		answer  []byte
		endless bool
		kind    content.Kind
	}{
		"a forged head":                {frame(t, m{"pull": m{"head": p2ptest.Forge(head)}}), false, content.Invalid},
		"another account's head":       {frame(t, m{"pull": m{"head": alien}}), false, content.Invalid},
		"the head that is held":        {frame(t, m{"pull": m{"head": old}}), false, content.Unavailable},
		"another header":               {append(frame(t, m{"pull": m{"head": head}}), carHead(t, past.CID)...), false, content.Invalid},
		"another answer":               {frame(t, m{"files": m{}}), false, content.Invalid},
		"a block that belongs nowhere": {after(block(commit), block(root), block(stray)), false, content.Invalid},
		"a record before its node":     {after(block(commit), block(record)), false, content.Invalid},
		"a node twice":                 {after(block(commit), block(root), block(root)), false, content.Invalid},
		"another account's tree":       {after(block(commit), block(other.blocks[alien.Commit.Data.Cid])), false, content.Invalid},
		"a photo of no post":           {after(block(commit), block(root), block(photo)), false, content.Invalid},
		"other bytes":                  {after(block(commit), section(root.CID, stray.Data)), false, content.Invalid},
		"a node over the limit":        {after(section(root.CID, make([]byte, content.MaxNodeSize+1))), false, content.TooLarge},
		"a section over the limit":     {after(varint.ToUvarint(1 << 40)), false, content.TooLarge},
		"a section without a CID":      {after([]byte{5, 1, 2, 3, 4, 5}), false, content.Invalid},
		"another hash":                 {after(section(cid.NewCidV1(cid.Raw, sha512), []byte("x"))), false, content.Invalid},
		"half a section":               {after(block(root)[:60]), false, content.Unavailable},
		"silence":                      {begin, false, content.Unavailable},
		"a CAR without end":            {after(block(commit), bytes.Repeat(block(root), 64)), true, content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			limits := psync.Limits{}
			if tc.kind == content.Unavailable {
				limits = short
			}
			n, liar := newNode(t, newArchive(t), limits), newLiar(t, tc.answer, tc.endless)
			p2ptest.Connect(t, n.Host, liar.Host)
			var got basin
			_, err := n.sync.Pull(p2ptest.Context(t), liar.ID(), psync.Want{Account: l.account.ID, Since: old.Version(), Ahead: 1 << 20}, &got)
			if content.KindOf(err) != tc.kind {
				t.Errorf("kind %v, want %v (%v)", content.KindOf(err), tc.kind, err)
			}
			for c := range got.have {
				if !slices.Contains([]cid.Cid{root.CID, record.CID}, c) {
					t.Errorf("the sink was given %s", c)
				}
			}
			p2ptest.Eventually(t, "the stream's end", func() bool { return streams(n.Host, liar.ID()) == 0 })
			if taken := liar.taken.Load(); taken > 4<<20 {
				t.Errorf("%d bytes were taken", taken)
			}
		})
	}
}

// TestAnEndInTheMiddle: a stream that ends before the last section was cut, which is
// said, and what came is kept.
func TestAnEndInTheMiddle(t *testing.T) {
	l := newLibrary(t)
	photo := l.photo(1, 3000)
	l.post(1, photo)
	head := l.commit()
	commit, root := p2ptest.CommitBlock(t, head), l.blocks[head.Commit.Data.Cid]
	pull := slices.Concat(frame(t, m{"pull": m{"head": head}}), carHead(t, commit.CID), section(commit.CID, commit.Data), section(root.CID, root.Data))
	files := slices.Concat(frame(t, m{"files": m{}}), carHead(t, photo.CID), section(photo.CID, photo.Data))
	for name, end := range map[string]string{
		"between sections": "", "behind a length": "\x50", "in a CID": "\x50\x01\x55", "where it should": "\x00",
	} {
		t.Run(name, func(t *testing.T) {
			right := func(err error) bool {
				return err == nil && end == "\x00" || content.KindOf(err) == content.Unavailable && end != "\x00"
			}
			holder := p2ptest.Host(t)
			answer := make(chan []byte, 2)
			holder.Libp2p().SetStreamHandler(psync.Protocol, func(s network.Stream) {
				io.Copy(io.Discard, s)
				s.Write(append(slices.Clone(<-answer), end...))
				s.Close()
			})
			n := newNode(t, newArchive(t), psync.Limits{})
			p2ptest.Connect(t, n.Host, holder)
			var got basin
			answer <- pull
			pulled, err := n.sync.Pull(p2ptest.Context(t), holder.ID(), psync.Want{Account: l.account.ID}, &got)
			if !right(err) || pulled.Blocks != 1 {
				t.Errorf("%d blocks of a pull, %v", pulled.Blocks, err)
			}
			answer <- files
			taken, err := n.sync.Files(p2ptest.Context(t), holder.ID(), []cid.Cid{photo.CID}, &got)
			if !right(err) || taken.Blocks != 1 {
				t.Errorf("%d blocks of files, %v", taken.Blocks, err)
			}
		})
	}
}

// TestLyingAboutFiles is the same for files.
func TestLyingAboutFiles(t *testing.T) {
	l := newLibrary(t)
	a, b, stray := l.photo(1, 3000), l.photo(2, 3000), l.photo(3, 3000)
	whole := l.large(a, b)
	begin := append(frame(t, m{"files": m{}}), carHead(t, whole.CID)...)
	block := func(b content.Block) []byte { return section(b.CID, b.Data) }
	for name, answer := range map[string][]byte{
		"a leaf before its node": slices.Concat(begin, block(a)),
		"leaves out of order":    slices.Concat(begin, block(whole), block(b), block(a)),
		"one of no file":         slices.Concat(begin, block(whole), block(stray)),
		"the same again":         slices.Concat(begin, block(whole), block(a), block(a)),
	} {
		t.Run(name, func(t *testing.T) {
			n, liar := newNode(t, newArchive(t), psync.Limits{}), newLiar(t, answer, false)
			p2ptest.Connect(t, n.Host, liar.Host)
			if _, err := n.sync.Files(p2ptest.Context(t), liar.ID(), []cid.Cid{whole.CID}, &basin{}); content.KindOf(err) != content.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestReadersThatDoNotRead: peers that ask for bulk and then do not read it take no
// more than their share of streams and memory, keep nobody from comparing heads, and
// are cut off.
func TestReadersThatDoNotRead(t *testing.T) {
	l := newLibrary(t)
	var parts []content.Block
	for i := range 40 {
		parts = append(parts, l.photo(i, 1<<20))
	}
	whole := l.large(parts...)
	l.post(1, whole)
	l.commit()
	n := newNode(t, l, psync.Limits{Streams: 8, Timeout: time.Second})
	honest := newNode(t, newArchive(t), psync.Limits{})
	p2ptest.Connect(t, honest.Host, n.Host)
	before := runtime.NumGoroutine()
	request := frame(t, m{"files": m{"files": []dagcbor.Link{{Cid: whole.CID}}}})
	var open []network.Stream
	for range 6 {
		slow := p2ptest.Host(t)
		p2ptest.Connect(t, slow, n.Host)
		for range 6 {
			s, err := slow.Libp2p().NewStream(p2ptest.Context(t), n.ID(), psync.Protocol)
			if err != nil {
				continue
			}
			s.Write(request)
			s.CloseWrite()
			s.SetReadDeadline(time.Now().Add(20 * time.Second))
			open = append(open, s)
		}
	}
	serve(t, honest, n, l.account)
	given := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.given }
	if given() > 4*(16+8) { // what four streams may have in their windows
		t.Errorf("%d blocks were read for peers that take none", given())
	}
	for _, s := range open[:len(open)/2] {
		s.Reset()
	}
	p2ptest.Eventually(t, "goroutines to end", func() bool {
		for _, s := range open {
			s.Reset()
		}
		return runtime.NumGoroutine() < before+6*80 // what as many idle hosts have
	})
	serve(t, honest, n, l.account)
}

// TestTrickle: a peer that sends a byte now and then is given up.
func TestTrickle(t *testing.T) {
	l := newLibrary(t)
	l.post(1)
	head := l.commit()
	commit := p2ptest.CommitBlock(t, head)
	answer := slices.Concat(frame(t, m{"pull": m{"head": head}}), carHead(t, commit.CID), section(commit.CID, commit.Data))
	slow := p2ptest.Host(t)
	slow.Libp2p().SetStreamHandler(psync.Protocol, func(s network.Stream) {
		defer s.Reset()
		io.Copy(io.Discard, s)
		s.Write(answer[:len(answer)-100])
		for _, b := range answer[len(answer)-100:] {
			if _, err := s.Write([]byte{b}); err != nil {
				return
			}
			select {
			case <-t.Context().Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	n := newNode(t, newArchive(t), short)
	p2ptest.Connect(t, n.Host, slow)
	if _, err := n.sync.Pull(p2ptest.Context(t), slow.ID(), psync.Want{Account: l.account.ID}, &basin{}); content.KindOf(err) != content.Unavailable {
		t.Errorf("got %v", err)
	}
}
