package record_test

import (
	"slices"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
)

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
