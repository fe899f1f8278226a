package record_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
)

var update = flag.Bool("update", false, "rewrite golden files")

var somebody, another = content.AccountID{1, 2, 3}, content.AccountID{4, 5, 6}

func file(name string, width, height int, t record.MediaType) record.File {
	return record.File{
		CID:  dagcbor.Link{Cid: content.Sum(content.Raw, []byte(name))},
		Size: 12345, Type: t, Width: width, Height: height,
	}
}

func photo() record.Photo {
	source := file("source", 4000, 3000, record.HEIC)
	return record.Photo{
		Width: 4000, Height: 3000, Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", Alt: "A hut\nunder snow",
		Focus:      &record.Focus{X: -250, Y: 500},
		Camera:     &record.Camera{Model: "X100V", Exposure: "1/250 s"},
		Renditions: []record.File{file("320", 320, 240, record.JPEG), file("640", 640, 480, record.JPEG)},
		Source:     &source,
	}
}

var aPost = record.Subject{Account: somebody, Path: "app.rossgram.post/3jzfcijpj2z2a"}

// social is a post with the fields that name other people.
func social() *record.Post {
	p := photo()
	p.People = []record.Person{{Account: somebody, X: 250, Y: 1000}, {Account: another, X: 0, Y: 0}}
	return &record.Post{
		Photos: []record.Photo{p}, Mentions: []content.AccountID{another, somebody}, Place: "Tromsø, by the old bridge",
		Comments: record.Followers, Created: 1_700_000_000_000_007,
	}
}

func records() map[string]record.Record {
	avatar := photo()
	return map[string]record.Record{
		"profile": &record.Profile{
			Name: "Ada", Bio: "Snow.\nMore snow.", Created: 1_700_000_000_000_000, Avatar: &avatar,
			Fields: []record.Field{{Name: "home", Value: "https://example.org"}},
		},
		"post": &record.Post{
			Caption: "First snow #winter", Photos: []record.Photo{photo(), photo()}, Tags: []string{"winter"},
			Sensitive: true, Spoiler: "cold", Lang: "en", Created: 1_700_000_000_000_001,
			Before: dagcbor.LinkTo(content.Sum(content.DagCBOR, []byte("before"))),
		},
		"post-social": social(),
		"follow":      &record.Follow{Subject: somebody, Created: 1_700_000_000_000_002},
		"comment": signedBy(ada(), aTID, &record.Comment{
			Post: aPost, Parent: &record.Subject{Account: another, Path: "app.rossgram.comment/3jzfcijpj2z2b"},
			Text: "Is that the old bridge?\n#tromsø", Tags: []string{"tromsø"}, Mentions: []content.AccountID{another},
			Spoiler: "places", Lang: "en", Created: 1_700_000_000_000_008,
			Before: dagcbor.LinkTo(content.Sum(content.DagCBOR, []byte("before"))),
		}),
		"responses": responses(),
		"block":     &record.Block{Subject: somebody, Created: 1_700_000_000_000_004},
		"like":      &record.Like{Subject: aPost, Created: 1_700_000_000_000_005},
		"reblog": &record.Reblog{
			Subject: aPost, Words: "Look at this #snow", Lang: "en", Tags: []string{"snow"},
			Mentions: []content.AccountID{somebody}, Created: 1_700_000_000_000_006,
		},
		"mirror": &record.Mirror{Node: []byte("\x00\x24\x08\x01\x12\x20the Ed25519 key of 32 bytes here"), Created: 1_700_000_000_000_003},
	}
}

func encodeAny(t testing.TB, v any) []byte {
	t.Helper()
	b, err := dagcbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFieldsOfANewerVersionSurvive(t *testing.T) {
	block, err := record.Encode(records()["post"])
	if err != nil {
		t.Fatal(err)
	}
	var post, photo, rendition map[string]dagcbor.RawValue
	var photos, renditions []dagcbor.RawValue
	decode := func(b []byte, v any) {
		t.Helper()
		if err := dagcbor.Unmarshal(b, v); err != nil {
			t.Fatal(err)
		}
	}
	decode(block.Data, &post)
	decode(post["photos"], &photos)
	decode(photos[0], &photo)
	decode(photo["renditions"], &renditions)
	decode(renditions[0], &rendition)
	rendition["newest"], rendition["$type"] = encodeAny(t, 1), encodeAny(t, "com.example.rendition")
	renditions[0] = encodeAny(t, rendition)
	photo["renditions"], photo["newer"] = encodeAny(t, renditions), encodeAny(t, map[string]string{"a": "b"})
	photos[0] = encodeAny(t, photo)
	post["photos"], post["new"] = encodeAny(t, photos), encodeAny(t, []int{1, 2})
	newer := encodeAny(t, post)

	r, err := record.Decode(newer)
	if err != nil {
		t.Fatal(err)
	}
	again, err := record.Encode(r)
	if err != nil || !bytes.Equal(again.Data, newer) {
		t.Fatalf("%v\n got %x\nwant %x", err, again.Data, newer)
	}
	r.(*record.Post).Caption = "edited"
	edited, err := record.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"new", "newer", "newest", "com.example.rendition", "edited"} {
		if !bytes.Contains(edited.Data, []byte(field)) {
			t.Errorf("%s is lost", field)
		}
	}
}

func TestUnknownTypeSurvives(t *testing.T) {
	in := encodeAny(t, map[string]any{"$type": "app.rossgram.future", "x": 1})
	r, err := record.Decode(in)
	if err != nil || r.Type() != "app.rossgram.future" {
		t.Fatal(r, err)
	}
	out, err := record.Encode(r)
	if err != nil || !bytes.Equal(out.Data, in) {
		t.Errorf("%v %x", err, out.Data)
	}
}

func link(c content.Codec, data string) dagcbor.Link {
	return dagcbor.Link{Cid: content.Sum(c, []byte(data))}
}

// large is a source of many blocks.
func large(size int64) record.File {
	f := file("large", 9000, 6000, record.PNG)
	f.CID, f.Size = link(content.DagPB, "large"), size
	return f
}

// longAlt has the longest alt text that counting characters allows, in a script
// that needs three bytes for each.
func longAlt() record.Photo {
	p := photo()
	p.Alt = strings.Repeat("雪", record.MaxAlt)
	return p
}
