package record_test

import (
	"bytes"
	"flag"
	"slices"
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

func TestLimits(t *testing.T) {
	family := "👨‍👩‍👧‍👦" // one character to people
	post := func(change func(*record.Post)) *record.Post {
		p := &record.Post{Photos: []record.Photo{photo()}}
		change(p)
		return p
	}
	profile := func(change func(*record.Profile)) *record.Profile {
		p := &record.Profile{Name: "Ada"}
		change(p)
		return p
	}
	like := func(path content.Path) *record.Like {
		return &record.Like{Subject: record.Subject{Account: somebody, Path: path}}
	}
	accounts := func(n int) (list []content.AccountID) {
		for i := range n {
			list = append(list, content.AccountID{byte(i + 1)})
		}
		return list
	}
	shown := func(n int) (list []record.Person) {
		for _, a := range accounts(n) {
			list = append(list, record.Person{Account: a})
		}
		return list
	}
	cases := map[string]struct {
		r    record.Record
		want string // part of the message; empty if it is fine
	}{
		"caption of 2,200":          {post(func(p *record.Post) { p.Caption = strings.Repeat("é", 2200) }), ""},
		"caption of 2,201":          {post(func(p *record.Post) { p.Caption = strings.Repeat("e", 2201) }), "the caption has 2,201 characters; at most 2,200 fit"},
		"caption of 500 families":   {post(func(p *record.Post) { p.Caption = strings.Repeat(family, 500) }), ""},
		"caption of a megabyte":     {post(func(p *record.Post) { p.Caption = strings.Repeat("e\u0301", 1<<19) }), "bytes"},
		"no photo":                  {post(func(p *record.Post) { p.Photos = nil }), "at least one photo"},
		"20 photos":                 {post(func(p *record.Post) { p.Photos = slices.Repeat([]record.Photo{photo()}, 20) }), ""},
		"21 photos":                 {post(func(p *record.Post) { p.Photos = slices.Repeat([]record.Photo{photo()}, 21) }), "at most 20 photos, this one has 21"},
		"alt too long":              {post(func(p *record.Post) { p.Photos[0].Alt = strings.Repeat("a", 1501) }), "photo 1: the alt text has 1,501"},
		"escape in caption":         {post(func(p *record.Post) { p.Caption = "\x1b[31m" }), "control character"},
		"focus outside":             {post(func(p *record.Post) { p.Photos[0].Focus = &record.Focus{X: 1001} }), "focus"},
		"bad blurhash":              {post(func(p *record.Post) { p.Photos[0].Blurhash = "LEHV6n" }), "blurhash"},
		"tag upper case":            {post(func(p *record.Post) { p.Tags = []string{"Winter"} }), "tag"},
		"tag twice":                 {post(func(p *record.Post) { p.Tags = []string{"a", "a"} }), "twice"},
		"rendition that is no JPEG": {post(func(p *record.Post) { p.Photos[0].Renditions[0].Type = record.PNG }), "rendition"},
		"rendition over 1 MiB":      {post(func(p *record.Post) { p.Photos[0].Renditions[0].Size = 1<<20 + 1 }), "rendition"},
		"source without size":       {post(func(p *record.Post) { p.Photos[0].Source.Size = 0 }), "size"},
		"rendition of two blocks":   {post(func(p *record.Post) { p.Photos[0].Renditions[0].CID = link(content.DagPB, "x") }), "rendition"},
		"source that is a record":   {post(func(p *record.Post) { p.Photos[0].Source.CID = link(content.DagCBOR, "x") }), "source"},
		"source over 200 MiB":       {post(func(p *record.Post) { *p.Photos[0].Source = large(200<<20 + 1) }), "200 MiB"},
		"source of 200 MiB":         {post(func(p *record.Post) { *p.Photos[0].Source = large(200 << 20) }), ""},
		"raw source over 1 MiB":     {post(func(p *record.Post) { p.Photos[0].Source.Size = 1<<20 + 1 }), "source"},
		"source that is a script":   {post(func(p *record.Post) { p.Photos[0].Source.Type = "image/svg+xml" }), "media type"},
		"no renditions":             {post(func(p *record.Post) { p.Photos[0].Renditions = nil }), "renditions"},
		"side over 50,000":          {post(func(p *record.Post) { p.Photos[0].Width = 50_001 }), "50,000 pixels"},
		"edit of a photo":           {post(func(p *record.Post) { p.Before = dagcbor.LinkTo(link(content.Raw, "x").Cid) }), "is a record"},
		"31 tags":                   {post(func(p *record.Post) { p.Tags = make([]string, 31) }), "at most 30 tags fit, here are 31"},
		"language zh-Hant-TW":       {post(func(p *record.Post) { p.Lang = "zh-Hant-TW" }), ""},
		"language of one letter":    {post(func(p *record.Post) { p.Lang = "e" }), "BCP 47"},
		"language that is none":     {post(func(p *record.Post) { p.Lang = "en--US" }), "BCP 47"},
		"texts over 64 KiB":         {post(func(p *record.Post) { p.Photos = slices.Repeat([]record.Photo{longAlt()}, 20) }), "all texts together make"},
		"not UTF-8":                 {post(func(p *record.Post) { p.Caption = "\xff" }), "UTF-8"},
		"time before 1970":          {post(func(p *record.Post) { p.Created = -1 }), "time"},
		"30 mentions":               {post(func(p *record.Post) { p.Mentions = accounts(30) }), ""},
		"31 mentions":               {post(func(p *record.Post) { p.Mentions = accounts(31) }), "at most 30 accounts are mentioned"},
		"mention of nobody":         {post(func(p *record.Post) { p.Mentions = make([]content.AccountID, 1) }), "mentioned once"},
		"mention twice":             {post(func(p *record.Post) { p.Mentions = slices.Repeat(accounts(1), 2) }), "mentioned once"},
		"place of two lines":        {post(func(p *record.Post) { p.Place = "a\nb" }), "control character"},
		"place of 101":              {post(func(p *record.Post) { p.Place = strings.Repeat("a", 101) }), "the place has 101"},
		"comments from friends":     {post(func(p *record.Post) { p.Comments = "friends" }), "may comment"},
		"20 people":                 {post(func(p *record.Post) { p.Photos[0].People = shown(20) }), ""},
		"21 people":                 {post(func(p *record.Post) { p.Photos[0].People = shown(21) }), "photo 1: a photo shows at most 20"},
		"a person twice":            {post(func(p *record.Post) { p.Photos[0].People = slices.Repeat(shown(1), 2) }), "an account once"},
		"a person outside":          {post(func(p *record.Post) { p.Photos[0].People = []record.Person{{Account: somebody, Y: 1001}} }), "between 0 and 1,000"},
		"a person left of it":       {post(func(p *record.Post) { p.Photos[0].People = []record.Person{{Account: somebody, X: -1}} }), "between 0 and 1,000"},
		"block of nobody":           {&record.Block{}, "names an account"},
		"like of nobody":            {&record.Like{Subject: record.Subject{Path: aPost.Path}}, "names the account"},
		"like of a comment":         {like("app.rossgram.comment/3jzfcijpj2z2a"), ""},
		"like of a profile":         {like("app.rossgram.profile/self"), "a post or a comment"},
		"like of no TID":            {like("app.rossgram.post/self"), "a post or a comment"},
		"like of no path":           {like("post"), "not a record path"},
		"words of 2,201":            {&record.Reblog{Subject: aPost, Words: strings.Repeat("a", 2201)}, "the text has 2,201"},
		"no name":                   {profile(func(p *record.Profile) { p.Name = "" }), "name"},
		"name that turns the text":  {profile(func(p *record.Profile) { p.Name = "Ada\u202egpj" }), "control character"},
		"name of two lines":         {profile(func(p *record.Profile) { p.Name = "Ada\nBob" }), "control character"},
		"nine fields":               {profile(func(p *record.Profile) { p.Fields = make([]record.Field, 9) }), "at most 8"},
		"follow of nobody":          {&record.Follow{}, "names an account"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := record.Encode(c.r)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(content.Message(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if k := content.KindOf(err); k != content.Invalid && k != content.TooLarge {
				t.Errorf("kind %v", k)
			}
		})
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

func TestCheckPath(t *testing.T) {
	follow := records()["follow"]
	post := records()["post"]
	mirror := records()["mirror"].(*record.Mirror)
	like, reblog, comment := records()["like"], records()["reblog"], records()["comment"]
	responses := records()["responses"]
	good := map[content.Path]record.Record{
		"app.rossgram.responses/3jzfcijpj2z2a":                                   responses,
		"app.rossgram.comment/3jzfcijpj2z2a":                                     comment,
		content.NewPath(content.CollectionBlock, record.BlockKey(somebody)):      records()["block"],
		content.NewPath(content.CollectionLike, record.LikeKey(aPost)):           like,
		content.NewPath(content.CollectionReblog, record.ReblogKey(aPost)):       reblog,
		"app.rossgram.profile/self":                                              records()["profile"],
		"app.rossgram.post/3jzfcijpj2z2a":                                        post,
		content.NewPath(content.CollectionFollow, record.FollowKey(somebody)):    follow,
		content.NewPath(content.CollectionMirror, record.MirrorKey(mirror.Node)): mirror,
	}
	for p, r := range good {
		if err := record.Check(p, r); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	bad := map[content.Path]record.Record{
		"app.rossgram.profile/other":                                         records()["profile"],
		"app.rossgram.post/self":                                             post,
		"app.rossgram.follow/self":                                           follow,
		"app.rossgram.mirror/00":                                             mirror,
		"app.rossgram.responses/self":                                        responses,
		"app.rossgram.comment/self":                                          comment,
		"app.rossgram.post/3jzfcijpj2z2b":                                    comment,
		"app.rossgram.like/self":                                             like,
		content.NewPath(content.CollectionLike, record.ReblogKey(aPost)):     like,
		content.NewPath(content.CollectionReblog, record.LikeKey(aPost)):     reblog,
		content.NewPath(content.CollectionBlock, record.FollowKey(somebody)): records()["block"],
		"app.rossgram.story/3jzfcijpj2z2a":                                   post,
		"post/3jzfcijpj2z2a":                                                 post,
	}
	for p, r := range bad {
		if record.Check(p, r) == nil {
			t.Errorf("%s accepted", p)
		}
	}
}
