package mastodon

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/publish"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	taken = time.Date(2026, 3, 1, 12, 30, 15, 250e6, time.UTC)
	anna  = content.AccountID{1, 2, 3}
)

func fileOfWidth(width int) record.File {
	cid := content.Sum(content.Raw, []byte{byte(width)})
	return record.File{CID: dagcbor.Link{Cid: cid}, Size: int64(width) * 100, Type: record.JPEG, Width: width, Height: width * 3 / 4}
}

func somePhoto() record.Photo {
	source := record.File{CID: dagcbor.Link{Cid: content.Sum(content.Raw, nil)}, Size: 5e6, Type: record.HEIC, Width: 4032, Height: 3024}
	return record.Photo{
		Width: 4032, Height: 3024, Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", Alt: "A lake", Focus: &record.Focus{X: -500, Y: 250},
		Renditions: []record.File{fileOfWidth(320), fileOfWidth(640), fileOfWidth(1080)}, Source: &source,
	}
}

func someAccount() index.Account {
	avatar := record.Photo{Width: 640, Height: 480, Renditions: []record.File{fileOfWidth(320), fileOfWidth(640)}}
	return index.Account{
		ID: anna, Num: index.NumberOf(anna), Posts: 3, Following: 2, Followers: 1, LastPost: taken, Created: taken,
		Profile: &record.Profile{
			Name: "Anna Läng", Bio: "Lakes & #mountains", Avatar: &avatar, Created: record.TimeOf(taken),
			Fields: []record.Field{{Name: "Home", Value: "https://anna.example"}},
		},
	}
}

// someComment is a comment on a post that mentions its author.
func someComment(on index.Entry) index.Comment {
	tid := content.NewTID(taken.Add(time.Minute), 1)
	return index.Comment{
		ID: on.ID + 1<<19, CID: on.CID, Author: anna, TID: tid, Pending: true,
		URI: content.URI{Account: anna, Path: content.NewPath(content.CollectionComment, tid.String())},
		Comment: &record.Comment{
			Post: record.SubjectOf(on.URI), Text: "@" + anna.Fingerprint()[:8] + "@" + anna.Fingerprint() + " #cold", Tags: []string{"cold"},
			Mentions: []content.AccountID{anna}, Created: record.TimeOf(tid.Time()),
		},
	}
}

// TestEntitiesAreAsTheyWere compares with files in testdata.
func TestEntitiesAreAsTheyWere(t *testing.T) {
	a := New(Parts{GatewayKey: "key", Now: func() time.Time { return taken }})
	clear(a.previewKey[:])
	const base = "http://127.0.0.1:7670"
	author := a.Account(base, someAccount())
	tid := content.NewTID(taken, 1)
	post := &record.Post{
		Caption: "Morning at the #lake", Photos: []record.Photo{somePhoto()}, Tags: []string{"lake"},
		Lang: "en", Sensitive: true, Spoiler: "cold", Created: record.TimeOf(taken),
	}
	entry := index.Entry{
		ID: index.StatusID(uint64(taken.UnixMilli())<<19 | 77), CID: content.Sum(content.DagCBOR, nil), Author: anna, Post: post,
		URI: content.URI{Account: anna, Path: content.NewPath(content.CollectionPost, tid.String())},
	}
	said := a.status(base, author, []Account{author}, itemOf(someComment(entry)))
	media := publish.Media{ID: 42, Owner: anna, Photo: somePhoto(), Removed: []photo.Finding{photo.FoundPosition}}
	for name, entity := range map[string]any{
		"account": author, "status": a.status(base, author, nil, Item{Entry: entry}), "upload": a.uploaded(base, media),
		"account-unknown": a.Account(base, index.Account{ID: anna, Num: index.NumberOf(anna)}),
		"relationship":    Relationship{ID: "1", Following: true, ShowingReblogs: true},
		"comment":         said,
		"notification": Notification{
			ID: "7", Type: "mention", GroupKey: "ungrouped-7", CreatedAt: Time(taken), Account: author, Status: &said,
			Rossgram: NotificationNames{"comment", said.Rossgram.URI},
		},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, entity) })
	}
}

func golden(t *testing.T, name string, entity any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(entity); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s is otherwise now (-update rewrites it): %v\n%s", file, err, got.Bytes())
	}
}

const statusFields = "id uri created_at account content visibility sensitive spoiler_text media_attachments mentions tags emojis " +
	"reblogs_count favourites_count replies_count url in_reply_to_id in_reply_to_account_id reblog poll card language edited_at"

// documented are the fields that are not optional at docs.joinmastodon.org.
var documented = map[string]string{
	"account": "id username acct url display_name note avatar avatar_static header header_static locked fields emojis bot group " +
		"discoverable created_at last_status_at statuses_count followers_count following_count",
	"status":       statusFields,
	"comment":      statusFields,
	"notification": "id type group_key created_at account",
	"upload":       "id type url preview_url remote_url meta description blurhash",
	"relationship": "id following showing_reblogs notifying languages followed_by blocking blocked_by muting muting_notifications " +
		"requested requested_by domain_blocking endorsed note",
}

func TestNoFieldThatAppsRelyOnIsMissing(t *testing.T) {
	for name, fields := range documented {
		b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var entity map[string]any
		if err := json.Unmarshal(b, &entity); err != nil {
			t.Fatal(err)
		}
		for _, f := range strings.Fields(fields) {
			if _, ok := entity[f]; !ok {
				t.Errorf("%s has no %s", name, f)
			}
		}
	}
}

func TestUsernamesAreSuchAsAppsTake(t *testing.T) {
	for name, want := range map[string]string{
		"anna-lena": "anna-lena", "Änne  Lang!": "Anne_Lang", "a.b": "a.b", "  . ": anna.Fingerprint()[:8], "李雷": anna.Fingerprint()[:8],
		"": anna.Fingerprint()[:8], "x李y": "x_y", "abcdefghijklmnopqrstuvwxyzabcdefgh": "abcdefghijklmnopqrstuvwxyzabcd",
	} {
		if got := username(index.Account{ID: anna, Profile: &record.Profile{Name: name}}); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}
