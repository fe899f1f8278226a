package record_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// model is what should be listed: the text by key.
type model map[content.TID]struct {
	by   *person
	text string
}

// However comments come, are edited and go, the pages hold those that are there, each
// once, within the limits, and verify; and an edit changes few pages.
func TestThread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		thread, want := record.NewThread(aPost.URI()), make(model)
		var before []content.Block
		for step := range rapid.IntRange(1, 25).Draw(t, "steps") {
			tid := aTID + content.TID(rapid.IntRange(0, 15).Draw(t, "comment"))
			by := people()[int(tid-aTID)%7]
			_, edited := want[tid]
			if removed := rapid.IntRange(0, 4).Draw(t, "removed?") == 0; removed {
				if thread.Remove(by.cert.Account, tid) != edited {
					t.Fatalf("a removal of what is there: %v", edited)
				}
				delete(want, tid)
			} else {
				text := fmt.Sprint(step) + strings.Repeat("雪", rapid.SampledFrom([]int{0, 10, 2000}).Draw(t, "length"))
				if err := thread.Put(accepted(by, tid, text)); err != nil {
					t.Fatal(err)
				}
				want[tid] = struct {
					by   *person
					text string
				}{by, text}
			}
			blocks := check(t, thread, want)
			if n := fetched(before, blocks); n > 2 {
				t.Fatalf("%d pages changed", n)
			}
			before = blocks
		}
	})
}

// check holds a thread against a model, as a follower sees it, and returns the pages.
func check(t *rapid.T, thread *record.Thread, want model) []content.Block {
	list, blocks, err := thread.List()
	if err != nil {
		t.Fatal(err)
	}
	if (list == nil) != (len(want) == 0) || list != nil && list.Count != len(want) || thread.Len() != len(want) {
		t.Fatalf("%v is listed of %d", list, len(want))
	}
	seen := make(map[content.TID]bool)
	for _, b := range blocks {
		p, err := record.DecodePage(b.Data)
		if err != nil {
			t.Fatal(err)
		}
		good, bad := p.Verify(aPost.URI())
		if len(bad) > 0 {
			t.Fatalf("refused: %v", bad[0].Err)
		}
		for _, v := range good {
			w := want[v.TID]
			if seen[v.TID] || v.Comment.Text != w.text || v.Account != w.by.cert.Account {
				t.Fatalf("comment %s is wrong or twice", v.TID)
			}
			seen[v.TID] = true
		}
	}
	if len(seen) != len(want) {
		t.Fatalf("%d on the pages of %d", len(seen), len(want))
	}
	return blocks
}

// fetched counts the blocks that a follower who has the pages before needs.
func fetched(before, after []content.Block) (n int) {
	for _, b := range after {
		if !slices.ContainsFunc(before, func(o content.Block) bool { return o.CID.Equals(b.CID) }) {
			n++
		}
	}
	return n
}

// A long conversation: each comment changes the last page only.
func TestAppendingKeepsEarlierPages(t *testing.T) {
	thread := record.NewThread(aPost.URI())
	var before []content.Block
	for i := range 300 {
		if err := thread.Put(accepted(people()[i%len(people())], aTID+content.TID(i), "What a photo!")); err != nil {
			t.Fatal(err)
		}
		_, after, err := thread.List()
		if err != nil {
			t.Fatal(err)
		}
		for j := range len(before) - 1 {
			if !bytes.Equal(before[j].Data, after[j].Data) {
				t.Fatalf("comment %d changes page %d", i, j)
			}
		}
		if last := after[len(after)-1]; len(last.Data) > record.PageFill {
			t.Fatalf("a page of %d bytes", len(last.Data))
		}
		before = after
	}
	if len(before) < 3 {
		t.Errorf("only %d pages", len(before))
	}
}

func TestThreadRefuses(t *testing.T) {
	good := accepted(ada(), aTID, "mine")
	thread := record.NewThread(aPost.URI())
	if err := thread.Put(good); err != nil {
		t.Fatal(err)
	}
	other := accepted(bob(), aTID, "his")
	for name, a := range map[string]record.Accepted{
		"another's certificate": {TID: aTID, Record: other.Record, Cert: ada().cert},
		"another key":           {TID: aTID + 1, Record: good.Record, Cert: ada().cert},
		"no comment":            {TID: aTID, Record: must(record.Encode(records()["like"])).Data, Cert: ada().cert},
		"nothing":               {},
	} {
		if err := thread.Put(a); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := record.NewThread(records()["like"].(*record.Like).Subject.URI()).Put(good); err != nil {
		t.Errorf("on the same post: %v", err)
	}
	post := aPost.URI()
	post.Path = "app.rossgram.post/3jzfcijpj2z2b"
	if err := record.NewThread(post).Put(good); content.KindOf(err) != content.Invalid {
		t.Errorf("on another post: %v", err)
	}
	// Two people's comments may have one TID.
	if err := thread.Put(other); err != nil || thread.Len() != 2 {
		t.Errorf("%d, %v", thread.Len(), err)
	}
}

// With as many pages as may be, comments fill the room that is left; then the post
// takes no more.
func TestThreadHasAnEnd(t *testing.T) {
	var pages []*record.Page
	for i := range record.MaxPages {
		one := record.NewThread(aPost.URI())
		if err := one.Put(accepted(ada(), aTID+content.TID(i), "on its own")); err != nil {
			t.Fatal(err)
		}
		_, blocks, err := one.List()
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, must(record.DecodePage(blocks[0].Data)))
	}
	thread := record.NewThread(aPost.URI(), pages...)
	long := strings.Repeat("雪", 2000)
	for i := range 7 { // 6 KB each: more than the last page takes
		if err := thread.Put(accepted(bob(), aTID+content.TID(1000+i), long)); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := thread.List()
	if err != nil || len(list.Pages) != record.MaxPages || list.Count != record.MaxPages+7 {
		t.Errorf("%v %v", list, err)
	}
}

// A post lists so many comments and no more; those that are there can still be edited
// and taken off.
func TestThreadIsFull(t *testing.T) {
	one := record.NewThread(aPost.URI())
	for i := range 50 {
		if err := one.Put(accepted(ada(), aTID+content.TID(i), "x")); err != nil {
			t.Fatal(err)
		}
	}
	_, blocks, err := one.List()
	if err != nil || len(blocks) != 1 {
		t.Fatal(len(blocks), err)
	}
	page := must(record.DecodePage(blocks[0].Data))
	thread := record.NewThread(aPost.URI(), slices.Repeat([]*record.Page{page}, record.MaxComments/50)...)
	more := accepted(bob(), aTID, "one more")
	if err := thread.Put(more); content.KindOf(err) != content.TooLarge || thread.Len() != record.MaxComments {
		t.Errorf("%d comments: %v", thread.Len(), err)
	}
	if err := thread.Put(accepted(ada(), aTID, "edited")); err != nil || thread.Len() != record.MaxComments {
		t.Errorf("%d comments after an edit: %v", thread.Len(), err)
	}
	if !thread.Remove(ada().cert.Account, aTID) || thread.Put(more) != nil {
		t.Error("no room after a removal")
	}
}
