package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

// TestFullDisk posts on a small disk until there is no room: the post is refused
// with words that say so, what was posted stays, and there is posting again once
// something else on the disk is deleted.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 160<<20)
	filler := filepath.Join(disk, "something-else")
	if err := os.WriteFile(filler, make([]byte, 48<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	anna := newVictim(t, "anna")
	anna.home = filepath.Join(disk, "anna")
	mustRun(t, "--home", anna.home, "config", "set", "storage.reserve", "64MB")
	mustRun(t, "--home", anna.home, "init", "--name", "anna")
	anna.start(t)
	refused := anna.fill(t)
	if client.KindOf(refused) != content.Quota || !strings.Contains(refused.Error(), "disk is full") {
		t.Fatalf("refused with %v: %v", client.KindOf(refused), refused)
	}
	anna.check(t, anna.cl)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := anna.postOne(t.Context(), "there is room again"); err != nil {
		t.Fatal(err)
	}
	anna.p.end(syscall.SIGKILL)
	anna.start(t)
	anna.check(t, anna.cl)
}

// fill posts until a post is refused, and returns the refusal.
func (v *victim) fill(t *testing.T) error {
	t.Helper()
	for i := range 100 {
		v.photo = grain(1600, 1200, uint64(i)) // one photo again and again would take no room
		if err := v.postOne(t.Context(), "post "+strconv.Itoa(i)); err != nil {
			v.pending = client.Draft{}
			return err
		}
	}
	t.Fatal("the disk does not fill")
	return nil
}

// smallDisk returns a folder on a file system of its own of so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := mountMemory(dir, size)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		t.Skipf("a small disk needs root on Linux: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// mustRun runs a rossgram command.
func mustRun(t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	if code := Main(args, strings.NewReader(""), io.Discard, &stderr); code != 0 {
		t.Fatalf("rossgram %s: %s", strings.Join(args, " "), &stderr)
	}
}

// TestDamageIsNamedAndMended flips bits in what a follower holds of another
// account, in the middle of its photos: verify names the damage, the daemon
// fetches the blocks again, and what is shown is right in the end.
func TestDamageIsNamedAndMended(t *testing.T) {
	anna, ben := newVictim(t, "anna"), newVictim(t, "ben")
	anna.start(t)
	ben.start(t)
	for i := range 3 {
		if err := anna.postOne(t.Context(), "post "+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	invite, err := anna.cl.Invite(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ben.cl.Follow(t.Context(), invite.Invite); err != nil {
		t.Fatal(err)
	}
	anna.await(t, ben.cl)
	anna.check(t, ben.cl) // fetches what is not there yet
	ben.p.end(syscall.SIGTERM)
	spoil(t, filepath.Join(ben.home, "blocks"), anna.largest(t))
	ben.start(t)
	found, err := ben.cl.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Damaged) != 1 || found.Refetching != 1 || found.Damaged[0].Accounts[0] != anna.did {
		t.Fatalf("%+v", found)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if found, err = ben.cl.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(found.Damaged) == 0 && ben.holds(t, anna) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still damaged: %+v", found)
		}
	}
	anna.check(t, ben.cl)
}

// largest returns the bytes of the widest rendition of a post.
func (v *victim) largest(t *testing.T) []byte {
	t.Helper()
	for _, s := range v.posts {
		renditions := s.Attachments[0].Rossgram.Renditions
		return readFile(t, v.cl, renditions[len(renditions)-1].CID)
	}
	t.Fatal("nothing was posted")
	return nil
}

// holds reports whether all renditions of another's posts are here, without
// fetching any.
func (v *victim) holds(t *testing.T, other *victim) bool {
	t.Helper()
	f, err := v.cl.FollowOf(t.Context(), other.did)
	if err != nil {
		t.Fatal(err)
	}
	return f.Phase == client.Current && f.Files.Done == f.Files.Total
}

func readFile(t *testing.T, from *client.Client, id string) []byte {
	t.Helper()
	body, _, err := from.Photo(t.Context(), id, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spoil flips a bit in the middle of these bytes, in whichever file of the folder
// they are.
func spoil(t *testing.T, dir string, data []byte) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		all, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(all, data); at >= 0 {
			all[at+len(data)/2] ^= 4
			if err := os.WriteFile(path, all, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the photo is in no file")
}

// endless is a file of zeros that begins like a JPEG.
type endless struct{ left int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), e.left))
	clear(b[:n])
	e.left -= int64(n)
	return n, nil
}

// TestHugeUpload sends a file of 5 GB: it is refused long before its end, and
// leaves nothing on the disk.
func TestHugeUpload(t *testing.T) {
	anna := newVictim(t, "anna")
	anna.start(t)
	const size = 5_000_000_000
	file := &endless{left: size}
	_, err := anna.cl.Upload(t.Context(), client.Upload{Name: "huge.jpg", File: io.MultiReader(bytes.NewReader(anna.photo), file)})
	if err == nil || client.KindOf(err) == content.Other {
		t.Errorf("a photo of 5 GB: %v", err)
	}
	if sent := size - file.left; sent > size/2 {
		t.Errorf("%d bytes were read before the refusal", sent)
	}
	left, err := os.ReadDir(filepath.Join(anna.home, "uploads"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := anna.postOne(t.Context(), "after that"); err != nil {
		t.Error(err)
	}
}
