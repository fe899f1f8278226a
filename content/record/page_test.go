package record_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// accepted is a comment of somebody on aPost, ready to be listed.
func accepted(p *person, tid content.TID, text string) record.Accepted {
	c := signedBy(p, tid, &record.Comment{Post: aPost, Text: text, Created: record.Time(tid >> 10)})
	return record.Accepted{TID: tid, Record: must(record.Encode(c)).Data, Cert: p.cert}
}

// conversation is a page of three comments of two people.
func conversation() *record.Thread {
	t := record.NewThread(aPost.URI())
	for i, text := range []string{"Where is that?", "Tromsø", "Thank you!"} {
		if err := t.Put(accepted(people()[i%2], aTID+content.TID(i), text)); err != nil {
			panic(err)
		}
	}
	return t
}

func responses() *record.Responses {
	list, _, err := conversation().List()
	if err != nil {
		panic(err)
	}
	liked := likers(3)
	likes := must(record.NewLedger(liked))
	return &record.Responses{
		Comments: list, Likes: likes.Tally([]content.AccountID{liked[2].Account, liked[0].Account, liked[1].Account}),
		Reblogs: must(record.NewLedger(likers(1))).Tally(nil), Updated: 1_700_000_000_000_009,
	}
}

func onePage() content.Block {
	_, blocks, err := conversation().List()
	if err != nil {
		panic(err)
	}
	return blocks[0]
}

func TestGoldenPage(t *testing.T) {
	block := onePage()
	golden(t, "page.cbor.hex", hex.EncodeToString(block.Data)+"\n")
	golden(t, "page.json", readable(t, block.Data))
	p := must(record.DecodePage(block.Data))
	if again, err := record.EncodePage(p); err != nil || !again.CID.Equals(block.CID) {
		t.Errorf("decoded and encoded it is another page: %v", err)
	}
	if got := record.References(records()["responses"]); len(got) != 1 || got[0] != block.CID {
		t.Errorf("responses refer to %v", got)
	}
	if _, err := record.Decode(block.Data); content.KindOf(err) != content.Invalid {
		t.Errorf("a page is taken for a record: %v", err)
	}
	if _, err := record.DecodePage(must(record.Encode(records()["comment"])).Data); content.KindOf(err) != content.Invalid {
		t.Errorf("a record is taken for a page: %v", err)
	}
}

// What is put under the comments of others is told from them, and spoils none.
func TestPageIsVerified(t *testing.T) {
	sound := must(record.DecodePage(onePage().Data))
	text := func(p *record.Page, place int, text string) {
		r := must(record.Decode(bytes.Clone(p.Comments[place].Record))).(*record.Comment)
		r.Text = text
		p.Comments[place].Record = must(record.Encode(r)).Data
	}
	for name, c := range map[string]struct {
		damage func(p *record.Page)
		bad    []int
	}{
		"sound":                   {func(*record.Page) {}, nil},
		"words were changed":      {func(p *record.Page) { text(p, 1, "Bodø") }, []int{1}},
		"under another's name":    {func(p *record.Page) { p.Comments[0].By = 1 }, []int{0}},
		"under another key":       {func(p *record.Page) { p.Comments[2].TID++ }, []int{2}},
		"twice":                   {func(p *record.Page) { p.Comments[1] = p.Comments[0] }, []int{1}},
		"no comment":              {func(p *record.Page) { p.Comments[0].Record = must(record.Encode(records()["like"])).Data }, []int{0}},
		"no record":               {func(p *record.Page) { p.Comments[0].Record = []byte("x") }, []int{0}},
		"a comment elsewhere":     {func(p *record.Page) { *p = *elsewhere(p) }, []int{1}},
		"certificate is forged":   {func(p *record.Page) { p.Writers[0].Writer = bob().writer.Public() }, []int{0, 2}},
		"certificate is of later": {func(p *record.Page) { p.Writers[1] = bob().certify(2) }, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := must(record.DecodePage(onePage().Data))
			c.damage(p)
			good, bad := p.Verify(aPost.URI())
			var places []int
			for _, b := range bad {
				places = append(places, b.Place)
				if b.Err == nil {
					t.Error("refused without a reason")
				}
			}
			if len(places) != len(c.bad) || len(good) != len(sound.Comments)-len(c.bad) {
				t.Fatalf("%d pass, refused %v, want %v", len(good), places, c.bad)
			}
			for i := range places {
				if places[i] != c.bad[i] {
					t.Errorf("refused %v, want %v", places, c.bad)
				}
			}
			for _, v := range good {
				if !v.Block.CID.Equals(content.Sum(content.DagCBOR, v.Block.Data)) || v.Comment.Verify(v.Account, v.TID, certOf(v.Account)) != nil {
					t.Errorf("%s passes", v.Comment.Text)
				}
			}
		})
	}
}

// elsewhere returns a page whose second comment is about another post.
func elsewhere(p *record.Page) *record.Page {
	post := aPost
	post.Account = another
	c := signedBy(bob(), aTID+1, &record.Comment{Post: post, Text: "elsewhere"})
	p.Comments[1].Record = must(record.Encode(c)).Data
	return p
}

func certOf(a content.AccountID) (c content.Certificate) {
	for _, p := range people() {
		if p.cert.Account == a {
			c = p.cert
		}
	}
	return c
}

func TestDecodePageRefuses(t *testing.T) {
	good := func(change func(p *record.Page)) *record.Page {
		p := must(record.DecodePage(onePage().Data))
		change(p)
		return p
	}
	for name, p := range map[string]*record.Page{
		"no comments":           good(func(p *record.Page) { p.Comments = nil }),
		"a certificate too few": good(func(p *record.Page) { p.Comments[0].By = 2 }),
		"before all":            good(func(p *record.Page) { p.Comments[0].By = -1 }),
		"one nobody needs":      good(func(p *record.Page) { p.Writers = append(p.Writers, ada().certify(2)) }),
		"one twice":             good(func(p *record.Page) { p.Writers, p.Comments[2].By = append(p.Writers, p.Writers[0]), 2 }),
	} {
		if got, err := record.DecodePage(encodeAny(t, p)); content.KindOf(err) != content.Invalid {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if _, err := record.EncodePage(p); content.KindOf(err) != content.Invalid {
			t.Errorf("%s is encoded: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		kind content.Kind
	}{
		"nothing":     {nil, content.Invalid},
		"over 64 KiB": {make([]byte, record.MaxPageSize+1), content.TooLarge},
		"empties":     {encodeAny(t, map[string]any{"$type": "app.rossgram.responses#page", "comments": empties(50_000), "writers": []any{}}), content.TooLarge},
		"empty certs": {encodeAny(t, map[string]any{"$type": "app.rossgram.responses#page", "writers": empties(50_000), "comments": []any{}}), content.TooLarge},
		"null":        {encodeAny(t, map[string]any{"$type": "app.rossgram.responses#page", "writers": nil, "comments": []any{}}), content.Invalid},
	} {
		if got, err := record.DecodePage(c.b); content.KindOf(err) != c.kind {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// FuzzPage: whatever decodes as a page encodes to the same bytes, and each of its
// comments passes or is refused.
func FuzzPage(f *testing.F) {
	f.Add(onePage().Data)
	f.Add(must(record.EncodePage(elsewhere(must(record.DecodePage(onePage().Data))))).Data)
	f.Add(encodeAny(f, map[string]any{"$type": "app.rossgram.responses#page", "writers": []any{}, "comments": empties(2)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := record.DecodePage(b)
		if err != nil {
			return
		}
		block, err := record.EncodePage(p)
		if err != nil || !bytes.Equal(block.Data, b) {
			t.Fatalf("changed on the way: %v\n%x\n%x", err, b, block.Data)
		}
		good, bad := p.Verify(aPost.URI())
		if len(good)+len(bad) != len(p.Comments) {
			t.Errorf("%d pass and %d are refused of %d", len(good), len(bad), len(p.Comments))
		}
		for _, v := range good {
			if v.Block.CID == cid.Undef || v.Comment.Post.URI() != aPost.URI() {
				t.Errorf("%v passes", v)
			}
		}
	})
}
