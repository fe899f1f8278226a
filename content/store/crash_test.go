package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/store"
)

// postBlocks are the blocks of the n-th post of the crash test: a record, a
// small and a large file.
func postBlocks(n uint64) []content.Block {
	return []content.Block{raw(3*n, 300), raw(3*n+1, 40<<10), raw(3*n+2, 300<<10)}
}

// publishUntilKilled goes on from the home's head, publishes posts and says of
// each that it is acknowledged. Every third takes the place of one before.
func publishUntilKilled(home string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, home, small)
	if err != nil {
		return err
	}
	var next uint64 = 1
	for h, err := range s.Heads(ctx) {
		if err != nil {
			return err
		}
		next = uint64(h.Version.Rev) + 1
	}
	fmt.Println("open")
	for n := next; ; n++ {
		if err := s.Publish(ctx, crashPublication(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func crashPublication(n uint64) store.Publication {
	p := publication(account(1), content.TID(n), postPath(n), postBlocks(n)...)
	if n%3 == 0 {
		p.UnpinRecords = append(p.UnpinRecords, postPath(n-1))
	}
	return p
}

func postPath(n uint64) content.Path { return path(content.TID(n).String()) }

// TestKill kills a publishing process at random moments. Whatever it
// acknowledged is there afterwards, whole.
func TestKill(t *testing.T) {
	kills := 8
	if v, err := strconv.Atoi(os.Getenv("ROSSGRAM_STORE_KILLS")); err == nil {
		kills = v
	}
	home := t.TempDir()
	var acknowledged uint64
	for range kills {
		acknowledged = max(acknowledged, killedAt(t, home, time.Duration(rand.N(300))*time.Millisecond))
		checkPosts(t, home, acknowledged)
	}
	if acknowledged == 0 {
		t.Error("nothing was ever acknowledged")
	}
	t.Logf("%d posts acknowledged over %d kills", acknowledged, kills)
}

// killedAt runs a publishing process for a while and returns the last post it
// acknowledged.
func killedAt(t *testing.T, home string, after time.Duration) uint64 {
	t.Helper()
	cmd, lines := child(t, "publish", home)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the child did not open: %q %v", lines.Text(), cmd.Wait())
	}
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer timer.Stop()
	var last uint64
	for lines.Scan() {
		n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 64)
		check(t, err)
		last = n
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child had ended by itself")
	}
	return last
}

// checkPosts opens the home and looks at every post up to the head's.
func checkPosts(t *testing.T, home string, acknowledged uint64) {
	t.Helper()
	s := open(t, home)
	defer func() { check(t, s.Close()) }()
	var head uint64
	for h, err := range s.Heads(t.Context()) {
		check(t, err)
		head = uint64(h.Version.Rev)
		if !slices.Equal(h.Bytes, headBytes(h.Version.Rev)) {
			t.Errorf("head %d is %q", head, h.Bytes)
		}
	}
	if head < acknowledged {
		t.Fatalf("post %d was acknowledged and the head is at %d", acknowledged, head)
	}
	for n := uint64(1); n <= head; n++ {
		replaced := n%3 == 2 && n < head
		for _, b := range postBlocks(n) {
			if isPublished(t, s, b.CID) == replaced && !replaced {
				t.Fatalf("post %d of %d lacks a block", n, head)
			}
			if replaced {
				if isPublished(t, s, b.CID) {
					t.Fatalf("post %d was replaced and is published", n)
				}
				continue
			}
			if _, err := s.Get(t.Context(), b.CID); err != nil {
				t.Fatalf("post %d: %v", n, err)
			}
		}
	}
}
