package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

// TestCrash kills a daemon at random moments while posts arrive over HTTP. After
// each start, every post that was acknowledged is there, whole, and there is one
// post for each key; at the end the follower has them all too. ROSSGRAM_KILLS
// says how often (make test-crash).
func TestCrash(t *testing.T) {
	kills := 2
	if s := os.Getenv("ROSSGRAM_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	anna, ben := newVictim(t, "anna"), newVictim(t, "ben")
	anna.start(t)
	ben.start(t)
	invite, err := anna.cl.Invite(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ben.cl.Follow(t.Context(), invite.Invite); err != nil {
		t.Fatal(err)
	}
	for i := range kills {
		anna.crash(t, i)
		anna.start(t)
		anna.check(t, anna.cl)
	}
	if invite, err = anna.cl.Invite(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := ben.cl.Connect(t.Context(), invite.Invite); err != nil {
		t.Fatal(err)
	}
	anna.await(t, ben.cl)
	anna.check(t, ben.cl)
	t.Logf("%d posts survive %d kills", len(anna.posts), kills)
}

// victim is a daemon that is killed, and what it acknowledged.
type victim struct {
	program, home string
	photo         []byte
	p             *process
	cl            *client.Client
	did           string
	posts         map[string]client.Status // by key
	pending       client.Draft             // sent when the daemon was killed
}

func newVictim(t *testing.T, name string) *victim {
	t.Helper()
	program, err := exec.LookPath("rossgram") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := drawPhotos(dir); err != nil {
		t.Fatal(err)
	}
	photo, err := os.ReadFile(filepath.Join(dir, "located.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{program: program, home: filepath.Join(dir, name), photo: photo, posts: map[string]client.Status{}}
	t.Cleanup(func() {
		if v.p != nil {
			v.p.end(syscall.SIGKILL)
		}
	})
	return v
}

// start starts the daemon and sends again what it may have got.
func (v *victim) start(t *testing.T) {
	t.Helper()
	var err error
	if v.p, err = startDaemon(v.program, v.home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + v.home}); err != nil {
		t.Fatal(err)
	}
	if v.cl, err = homeClient(v.home); err != nil {
		t.Fatal(err)
	}
	me, err := v.cl.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v.did = me.Rossgram.DID
	if v.pending.Key == "" {
		return
	}
	status, err := v.cl.Post(t.Context(), v.pending)
	if err != nil {
		t.Fatalf("the post of before the kill, sent again: %v", err)
	}
	v.posts[v.pending.Key] = status
	v.pending = client.Draft{}
}

// crash posts until the daemon is killed.
func (v *victim) crash(t *testing.T, round int) {
	delay := time.Duration(100+rand.IntN(900)) * time.Millisecond
	timer := time.AfterFunc(delay, func() { _ = v.p.cmd.Process.Kill() })
	defer timer.Stop()
	for i := 0; ; i++ {
		if err := v.postOne(t.Context(), fmt.Sprintf("post %d of round %d", i, round)); err != nil {
			if _, ok := errors.AsType[*client.Unreachable](err); !ok {
				t.Fatalf("before the kill: %v", err)
			}
			<-v.p.done
			break
		}
	}
	v.p = nil
	t.Logf("killed after %v", delay)
}

func (v *victim) postOne(ctx context.Context, caption string) error {
	media, err := v.cl.Upload(ctx, client.Upload{Name: "located.jpg", File: strings.NewReader(string(v.photo))})
	if err != nil {
		return err
	}
	v.pending = client.Draft{Caption: caption, Media: []string{media.ID}, Key: caption}
	status, err := v.cl.Post(ctx, v.pending)
	if err == nil {
		v.posts[caption] = status
		v.pending = client.Draft{}
	}
	return err
}

// check reads every acknowledged post, and the photos, from a daemon.
func (v *victim) check(t *testing.T, from *client.Client) {
	t.Helper()
	for caption, want := range v.posts {
		got, err := from.Status(t.Context(), want.Rossgram.URI)
		if err != nil || got.Rossgram.CID != want.Rossgram.CID || textOf(got.Content) != caption {
			t.Fatalf("%q: %q, %v", caption, got.Content, err)
		}
	}
	me, err := from.Account(t.Context(), v.did)
	if err != nil || me.StatusesCount != len(v.posts) {
		t.Fatalf("%d posts were acknowledged, %d are there: %v", len(v.posts), me.StatusesCount, err)
	}
	for _, want := range v.posts {
		for _, f := range want.Attachments[0].Rossgram.Renditions {
			checkFile(t, from, f.CID)
		}
	}
}

func checkFile(t *testing.T, from *client.Client, id string) {
	t.Helper()
	body, _, err := from.Photo(t.Context(), id, patience)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if got := content.Sum(content.Raw, b).String(); err != nil || got != id {
		t.Fatalf("%s reads as %s: %v", id, got, err)
	}
}

// await waits until a follower has as many posts.
func (v *victim) await(t *testing.T, from *client.Client) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a, err := from.Account(t.Context(), v.did)
		if err == nil && a.StatusesCount == len(v.posts) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the follower has %d posts of %d: %v", a.StatusesCount, len(v.posts), err)
		}
	}
}
