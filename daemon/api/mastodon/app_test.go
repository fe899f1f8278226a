package mastodon_test

import (
	"strings"
	"testing"

	gomastodon "github.com/mattn/go-mastodon"
)

// TestAnAppThatIsNotOurs uses a library that knows nothing of rossgram.
func TestAnAppThatIsNotOurs(t *testing.T) {
	n, apps := newNode(t, "Änne Lang")
	c := gomastodon.NewClient(&gomastodon.Config{Server: n.server.URL, AccessToken: apps[0].token})
	ctx := t.Context()

	me, err := c.GetAccountCurrentUser(ctx)
	must(t, err)
	if me.DisplayName != "Änne Lang" || me.Username != "Anne_Lang" || me.Acct != "Anne_Lang@"+apps[0].id.Fingerprint() || *me.Source.Privacy != "public" {
		t.Errorf("who am I: %+v", me)
	}
	instance, err := c.GetInstance(ctx)
	must(t, err)
	if most := (*instance.Configuration.Statuses)["max_characters"]; most != 2200.0 {
		t.Errorf("a caption may have %v characters", most)
	}

	photo, err := c.UploadMediaFromMedia(ctx, &gomastodon.Media{File: strings.NewReader(jpegOf(t, 64, 48, 1)), Description: "A gradient", Focus: "0.5,-0.25"})
	must(t, err)
	posted, err := c.PostStatus(ctx, &gomastodon.Toot{Status: "First #light", MediaIDs: []gomastodon.ID{photo.ID}, Language: "en"})
	must(t, err)
	var pg gomastodon.Pagination
	home, err := c.GetTimelineHome(ctx, &pg)
	must(t, err)
	if len(home) != 1 || home[0].ID != posted.ID || !strings.Contains(home[0].Content, "First") ||
		home[0].MediaAttachments[0].Description != "A gradient" || home[0].Tags[0].Name != "light" || home[0].CreatedAt.IsZero() {
		t.Errorf("home: %+v", home)
	}
	if pg.MinID != posted.ID {
		t.Errorf("newer posts are behind %q, want %s", pg.MinID, posted.ID)
	}
	must(t, c.DeleteStatus(ctx, posted.ID))
	if home, err = c.GetTimelineHome(ctx, nil); err != nil || len(home) != 0 {
		t.Errorf("after the deletion: %v, %v", home, err)
	}
}

func TestWhatAppsAskAtStart(t *testing.T) {
	_, apps := newNode(t, "Anna")
	for _, path := range []string{
		"/api/v1/custom_emojis", "/api/v1/announcements", "/api/v1/filters", "/api/v2/filters", "/api/v1/lists",
		"/api/v1/notifications", "/api/v1/follow_requests", "/api/v1/blocks", "/api/v1/mutes", "/api/v1/bookmarks",
		"/api/v1/favourites", "/api/v1/trends/tags", "/api/v1/trends/statuses",
	} {
		if got := apps[0].get(path); got.status != 200 || string(got.body) != "[]\n" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if p := as[map[string]any](apps[0].get("/api/v1/preferences")); p["posting:default:visibility"] != "public" {
		t.Errorf("%v", p)
	}
}

func TestAnybodyMaySeeTheInstanceAndNothingElse(t *testing.T) {
	n, _ := newNode(t, "Anna")
	stranger := &app{t: t, node: n}
	type instance struct {
		Version       string
		Configuration struct {
			Statuses struct {
				Max int `json:"max_media_attachments"`
			}
			Media struct {
				Types []string `json:"supported_mime_types"`
				Size  int      `json:"image_size_limit"`
			} `json:"media_attachments"`
		}
	}
	for _, path := range []string{"/api/v1/instance", "/api/v2/instance"} {
		got := stranger.get(path)
		i := as[instance](got)
		if i.Configuration.Statuses.Max != 20 || i.Configuration.Media.Size != 200<<20 || len(i.Configuration.Media.Types) == 0 {
			t.Errorf("%s: %+v", path, i)
		}
		if strings.Contains(string(got.body), "Anna") {
			t.Errorf("%s tells strangers whose node it is: %s", path, got.body)
		}
	}
	for _, path := range []string{"/api/v1/timelines/home", "/api/v1/accounts/verify_credentials", "/api/v2/search?q=a", "/api/v1/notifications"} {
		stranger.get(path).refused(401, "needs a token")
	}
}
