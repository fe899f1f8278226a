package record_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
)

// changed encodes a post with some of its fields replaced; nil takes one out.
func changed(t *testing.T, fields map[string]any) []byte {
	t.Helper()
	block, err := record.Encode(records()["post"])
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]dagcbor.RawValue
	if err := dagcbor.Unmarshal(block.Data, &all); err != nil {
		t.Fatal(err)
	}
	for name, v := range fields {
		if delete(all, name); v != nil {
			all[name] = encodeAny(t, v)
		}
	}
	return encodeAny(t, all)
}

func TestDecodeRefuses(t *testing.T) {
	good := changed(t, nil)
	if _, err := record.Decode(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		kind content.Kind
	}{
		"nothing":                {nil, content.Invalid},
		"cut":                    {good[:len(good)-1], content.Invalid},
		"bytes behind":           {append(slices.Clone(good), 0), content.Invalid},
		"over 64 KiB":            {make([]byte, record.MaxSize+1), content.TooLarge},
		"an array":               {encodeAny(t, []int{1}), content.Invalid},
		"no $type":               {changed(t, map[string]any{"$type": nil}), content.Invalid},
		"$type is no collection": {changed(t, map[string]any{"$type": "post"}), content.Invalid},
		"$type is a number":      {changed(t, map[string]any{"$type": 1}), content.Invalid},
		"no created":             {changed(t, map[string]any{"created": nil}), content.Invalid},
		"no photos":              {changed(t, map[string]any{"photos": nil}), content.Invalid},
		"empty caption":          {changed(t, map[string]any{"caption": ""}), content.Invalid},
		"caption as bytes":       {changed(t, map[string]any{"caption": []byte("x")}), content.Invalid},
		"sensitive is false":     {changed(t, map[string]any{"sensitive": false}), content.Invalid},
		"focus of three":         {changed(t, map[string]any{"photos": []any{map[string]any{"focus": []int{1, 2, 3}}}}), content.Invalid},
		"a photo with nothing":   {changed(t, map[string]any{"photos": []any{map[string]any{}}}), content.Invalid},
		"21 photos":              {changed(t, map[string]any{"photos": slices.Repeat([]any{photo()}, 21)}), content.TooLarge},
		"keys out of order":      {mustHex("a26763726561746564002524747970657361"), content.Invalid},
		"a float":                {mustHex("a1652474797065f93c00"), content.Invalid},
		"indefinite length":      {mustHex("bf652474797065736170702e726f73736772616d2e666f6c6c6f77ff"), content.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := record.Decode(c.b); content.KindOf(err) != c.kind {
				t.Errorf("%v %v", r, err)
			}
		})
	}
}

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// A record of 64 KiB can claim tens of thousands of photos of one byte; they are
// refused before each becomes a struct.
func TestManyEmptyEntriesCostLittle(t *testing.T) {
	for name, b := range map[string][]byte{
		"photos":     changed(t, map[string]any{"photos": empties(60_000)}),
		"renditions": changed(t, map[string]any{"photos": []any{map[string]any{"renditions": empties(60_000)}}}),
		"31 photos":  changed(t, map[string]any{"photos": empties(31)}),
		"256 tags":   changed(t, map[string]any{"tags": empties(256)}),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			allocs := testing.AllocsPerRun(1, func() { _, err = record.Decode(b) })
			if content.KindOf(err) != content.TooLarge || !strings.Contains(content.Message(err), "more than 30 entries") {
				t.Errorf("got %v", err)
			}
			if allocs > 2000 {
				t.Errorf("%.0f allocations", allocs)
			}
		})
	}
}

func empties(n int) []any { return slices.Repeat([]any{map[string]any{}}, n) }

// The long lists of responses have limits of their own, before and after decoding.
func TestLongListsOfResponses(t *testing.T) {
	with := func(field string, v any) []byte {
		return encodeAny(t, map[string]any{"$type": "app.rossgram.responses", "updated": 1, field: v})
	}
	pages := make([]any, 257)
	for i := range pages {
		pages[i] = link(content.DagCBOR, fmt.Sprint(i))
	}
	accounts := make([]string, 101)
	for i := range accounts {
		accounts[i] = content.AccountID{1, byte(i)}.String()
	}
	list := func(n, count int) any { return map[string]any{"count": count, "pages": pages[:n]} }
	tally := func(n, count int) any {
		return map[string]any{"count": count, "root": make([]byte, 32), "newest": accounts[:n]}
	}
	for name, c := range map[string]struct {
		b    []byte
		kind content.Kind
	}{
		"256 pages":                {with("comments", list(256, 10_000)), content.Other},
		"257 pages":                {with("comments", list(257, 10_000)), content.TooLarge},
		"no pages":                 {with("comments", list(0, 1)), content.Invalid},
		"10,001 comments":          {with("comments", list(256, 10_001)), content.Invalid},
		"a page without a comment": {with("comments", list(2, 1)), content.Invalid},
		"a page of 257":            {with("comments", list(1, 257)), content.Invalid},
		"a page twice":             {with("comments", map[string]any{"count": 2, "pages": []any{pages[0], pages[0]}}), content.Invalid},
		"a page that is a photo":   {with("comments", map[string]any{"count": 1, "pages": []any{link(content.Raw, "x")}}), content.Invalid},
		"100 newest":               {with("likes", tally(100, 1<<32-1)), content.Other},
		"101 newest":               {with("likes", tally(101, 200)), content.TooLarge},
		"more newest than counted": {with("reblogs", tally(3, 2)), content.Invalid},
		"none counted":             {with("reblogs", map[string]any{"count": 0, "root": make([]byte, 32)}), content.Invalid},
		"a short root":             {with("likes", map[string]any{"count": 1, "root": make([]byte, 31)}), content.Invalid},
		"an account twice":         {with("likes", map[string]any{"count": 9, "root": make([]byte, 32), "newest": []string{accounts[0], accounts[0]}}), content.Invalid},
		"60,000 empty pages":       {with("comments", map[string]any{"count": 1, "pages": empties(60_000)}), content.TooLarge},
	} {
		if r, err := record.Decode(c.b); content.KindOf(err) != c.kind || c.kind == content.Other && err != nil {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
}

func TestUnknownIsOnlyDecoded(t *testing.T) {
	if b, err := record.Encode(new(record.Unknown)); content.KindOf(err) != content.Invalid {
		t.Errorf("%v %v", b, err)
	}
}

// Renditions come before sources, and a profile's pictures are files too.
func TestFiles(t *testing.T) {
	names := func(r record.Record) (widths []int) {
		for _, f := range record.Files(r) {
			widths = append(widths, f.Width)
		}
		return widths
	}
	for name, want := range map[string][]int{
		"post": {320, 640, 320, 640, 4000, 4000}, "profile": {320, 640, 4000}, "follow": nil, "responses": nil,
	} {
		if got := names(records()[name]); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if n := len(record.Sources(records()["post"])); n != 2 {
		t.Errorf("%d sources", n)
	}
}

// FuzzDecode: whatever decodes must encode to the same bytes again, so that
// nothing of a record is lost or reordered on the way through a node.
func FuzzDecode(f *testing.F) {
	for _, r := range records() {
		block, err := record.Encode(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(block.Data)
	}
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := record.Decode(b)
		if err != nil {
			return
		}
		block, err := record.Encode(r)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if !bytes.Equal(block.Data, b) {
			t.Fatalf("changed on the way:\n%x\n%x", b, block.Data)
		}
		record.References(r)
	})
}
