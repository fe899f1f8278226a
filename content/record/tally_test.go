package record_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// likers returns n responses, not in order.
func likers(n int) []record.Response {
	list := make([]record.Response, n)
	for i := range list {
		list[i] = record.Response{
			Account: content.AccountID{byte(i*37 + 1), byte(i >> 8), 7},
			Record:  content.Sum(content.DagCBOR, []byte(fmt.Sprint("like ", i))),
		}
	}
	return list
}

// Every response that was counted can be shown, and none that was not.
func TestTally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := likers(rapid.IntRange(1, 200).Draw(t, "likes"))
		ledger := must(record.NewLedger(list))
		one := list[rapid.IntRange(0, len(list)-1).Draw(t, "one")]
		tally := ledger.Tally(nil)
		place, ok := ledger.Find(one.Account)
		s, err := ledger.Sample(place)
		if err != nil || !ok || s.Response != one || tally.Verify(s) != nil {
			t.Fatalf("%v at %d: %v", one, place, err)
		}
		forged := s
		forged.Account[31]++
		moved := s
		moved.Place++
		other := s
		other.Record = content.Sum(content.DagCBOR, []byte("other"))
		for name, s := range map[string]record.Sample{"account": forged, "place": moved, "record": other, "nothing": {}} {
			if tally.Verify(s) == nil {
				t.Errorf("another %s passes", name)
			}
		}
	})
}

func TestTallyIsOfNoOrder(t *testing.T) {
	list := likers(9)
	a := must(record.NewLedger(list)).Tally(nil)
	slices.Reverse(list)
	if b := must(record.NewLedger(list)).Tally(nil); string(a.Root) != string(b.Root) {
		t.Error("the order of responses changes the root")
	}
	if _, err := record.NewLedger(append(list, list[0])); content.KindOf(err) != content.Invalid {
		t.Errorf("an account twice: %v", err)
	}
	empty := must(record.NewLedger(nil))
	if empty.Tally(nil) != nil {
		t.Error("nothing is counted")
	}
	if _, err := empty.Sample(0); content.KindOf(err) != content.NotFound {
		t.Error(err)
	}
	if n := len(must(record.NewLedger(list)).Tally(make([]content.AccountID, 101)).Newest); n != record.MaxNewest {
		t.Errorf("%d newest", n)
	}
}

// tallyVectors is testdata/tally.json: what a second implementation must come to.
type tallyVectors struct {
	Note  string        `json:"note"`
	Trees []tallyVector `json:"trees"`
}

type tallyVector struct {
	Responses []responseVector `json:"responses"` // sorted
	Root      string           `json:"root"`
}

type responseVector struct {
	Account string   `json:"account"`
	Record  string   `json:"record"`
	Leaf    string   `json:"leaf"`
	Path    []string `json:"path"`
}

const tallyNote = "Roots over likes, by RFC 6962, section 2.1. Responses are sorted by the 32 bytes of the account; leaf is SHA-256 of a zero byte, these bytes and the 36 of the record's CID; path is the audit path of section 2.1.1, from the leaf up. Hashes are hexadecimal."

func TestTallyVectors(t *testing.T) {
	v := tallyVectors{Note: tallyNote}
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 11} {
		v.Trees = append(v.Trees, treeOf(must(record.NewLedger(likers(n))), n))
	}
	golden(t, "tally.json", string(must(json.MarshalIndent(v, "", " ")))+"\n")
}

func treeOf(l *record.Ledger, n int) tallyVector {
	tree := tallyVector{Root: hex.EncodeToString(l.Tally(nil).Root)}
	for i := range n {
		s := must(l.Sample(i))
		leaf := must(record.NewLedger([]record.Response{s.Response})).Tally(nil).Root // one leaf is its own root
		r := responseVector{Account: s.Account.String(), Record: s.Record.String(), Leaf: hex.EncodeToString(leaf), Path: []string{}}
		for _, h := range s.Path {
			r.Path = append(r.Path, hex.EncodeToString(h[:]))
		}
		tree.Responses = append(tree.Responses, r)
	}
	return tree
}
