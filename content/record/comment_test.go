package record_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
)

const aTID = content.TID(1_700_000_000_000_008 << 10)

func signedBy(p *person, tid content.TID, c *record.Comment) *record.Comment {
	if err := c.Sign(tid, p.cert, p.writer); err != nil {
		panic(err)
	}
	return c
}

func TestCommentIsItsAuthors(t *testing.T) {
	decoded := func() *record.Comment {
		block := must(record.Encode(records()["comment"]))
		return must(record.Decode(block.Data)).(*record.Comment)
	}
	id := ada().cert.Account
	if err := decoded().Verify(id, aTID, ada().cert); err != nil {
		t.Fatal(err)
	}
	edited := decoded()
	edited.Text += "!"
	moved := decoded()
	moved.Parent = nil
	unsigned := decoded()
	unsigned.Sig = nil
	forged := ada().cert
	forged.Writer = bob().writer.Public()
	for name, err := range map[string]error{
		"another account":        decoded().Verify(bob().cert.Account, aTID, ada().cert),
		"another's certificate":  decoded().Verify(bob().cert.Account, aTID, bob().cert),
		"another key":            decoded().Verify(id, aTID+1, ada().cert),
		"another epoch":          decoded().Verify(id, aTID, ada().certify(2)),
		"a forged certificate":   decoded().Verify(id, aTID, forged),
		"no certificate":         decoded().Verify(id, aTID, content.Certificate{}),
		"other words":            edited.Verify(id, aTID, ada().cert),
		"another parent":         moved.Verify(id, aTID, ada().cert),
		"no signature":           unsigned.Verify(id, aTID, ada().cert),
		"signing with their key": decoded().Sign(aTID, ada().cert, bob().writer),
	} {
		if content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a newer version adds is signed too: nobody can add it or take it away.
func TestCommentSignatureCoversNewFields(t *testing.T) {
	var fields map[string]dagcbor.RawValue
	block := must(record.Encode(records()["comment"]))
	if err := dagcbor.Unmarshal(block.Data, &fields); err != nil {
		t.Fatal(err)
	}
	fields["newer"] = encodeAny(t, 1)
	c := must(record.Decode(encodeAny(t, fields))).(*record.Comment)
	if err := c.Verify(ada().cert.Account, aTID, ada().cert); content.KindOf(err) != content.Invalid {
		t.Errorf("a field was added: %v", err)
	}
	signedBy(ada(), aTID, c)
	again := must(record.Encode(c))
	if !bytes.Contains(again.Data, []byte("newer")) {
		t.Error("signing loses a field")
	}
	if err := c.Verify(ada().cert.Account, aTID, ada().cert); err != nil {
		t.Error(err)
	}
}

func TestCommentLimits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*record.Comment)
		want   string
	}{
		"text of 2,200":    {func(c *record.Comment) { c.Text = strings.Repeat("é", 2200) }, ""},
		"text of 2,201":    {func(c *record.Comment) { c.Text = strings.Repeat("é", 2201) }, "the comment has 2,201 characters"},
		"no text":          {func(c *record.Comment) { c.Text = "" }, "needs a text"},
		"escape":           {func(c *record.Comment) { c.Text = "\x1b[2J" }, "control character"},
		"spoiler of two":   {func(c *record.Comment) { c.Spoiler = "a\nb" }, "control character"},
		"on a comment":     {func(c *record.Comment) { c.Post = *c.Parent }, "about a post"},
		"on nothing":       {func(c *record.Comment) { c.Post = record.Subject{} }, "names the account"},
		"answers a post":   {func(c *record.Comment) { c.Parent = &aPost }, "answers a comment"},
		"mentions twice":   {func(c *record.Comment) { c.Mentions = slices.Repeat(c.Mentions, 2) }, "mentioned once"},
		"tag twice":        {func(c *record.Comment) { c.Tags = []string{"a", "a"} }, "twice"},
		"language of none": {func(c *record.Comment) { c.Lang = "e" }, "BCP 47"},
		"edit of a photo":  {func(c *record.Comment) { c.Before = dagcbor.LinkTo(link(content.Raw, "x").Cid) }, "is a record"},
		"over 32 KiB":      {fill, "at most 32,768 fit"},
	} {
		t.Run(name, func(t *testing.T) {
			r := records()["comment"].(*record.Comment)
			c.change(r)
			err := r.Sign(aTID, ada().cert, ada().writer)
			if c.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(content.Message(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := record.Encode(&record.Comment{Post: aPost, Text: "unsigned"}); content.KindOf(err) != content.Invalid {
		t.Errorf("without a signature: %v", err)
	}
}

// fill uses up the limit of every text of a comment.
func fill(c *record.Comment) {
	c.Text, c.Spoiler, c.Tags = strings.Repeat("a\u0301\u0301\u0301", record.MaxComment), strings.Repeat("雪", record.MaxSpoiler), nil
	for i := range record.MaxTags {
		c.Tags = append(c.Tags, fmt.Sprintf("%s%d", strings.Repeat("é\u0331\u0331\u0331", 98), i))
	}
}
