package mastodon_test

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"rossgram.app/daemon/access"
)

func TestAnUploadIsSeenByItsOwnerAlone(t *testing.T) {
	n, apps := newNode(t, "Anna", "Ben")
	m := apps[0].upload(part{name: "description", value: "A gradient"})
	if m.Type != "image" || m.Description != "A gradient" || m.Blurhash == "" || m.Rossgram.Source == nil || m.Rossgram.Removed == nil {
		t.Errorf("%+v", m)
	}
	if o := m.Meta.Original; o.Width != 64 || o.Height != 48 || o.Size != "64x48" || o.Aspect != 64.0/48 {
		t.Errorf("its size: %+v", o)
	}
	img := &app{t: t, node: n} // as a browser's <img> asks
	for _, link := range []string{m.PreviewURL, m.URL, m.Rossgram.Renditions[0].URL} {
		got := img.get(link)
		if p, err := jpeg.Decode(bytes.NewReader(got.body)); err != nil || p.Bounds().Dx() != 64 {
			t.Errorf("%s: %d, %v", link, got.status, err)
		}
	}
	plain, _, _ := strings.Cut(m.PreviewURL, "?")
	img.get(plain).refused(403, "not right")
	img.get(strings.Replace(m.PreviewURL, "e=", "e=1", 1)).refused(403, "not right")
	img.get(strings.Replace(m.PreviewURL, apps[0].id.String(), apps[1].id.String(), 1)).refused(403, "not right")
	apps[1].get("/api/v1/media/"+m.ID).refused(404, "no such upload")
	if apps[0].get(m.PreviewURL).status != 200 {
		t.Error("the owner sees it no more")
	}
	n.pass(2 * time.Hour)
	img.get(m.PreviewURL).refused(403, "too old")
	if got := img.get(as[attachment](apps[0].get("/api/v1/media/" + m.ID)).PreviewURL); got.status != 200 {
		t.Errorf("a new link: %d %s", got.status, got.body)
	}
}

func TestWordsMayFollowTheFile(t *testing.T) {
	_, apps := newNode(t, "Anna")
	photo := part{"file", "x", jpegOf(t, 64, 48, 1)}
	late := as[attachment](apps[0].multipart("POST", "/api/v1/media", photo, part{name: "description", value: "Late"}, part{name: "focus", value: "-1,0.5"}))
	if late.Description != "Late" || late.Meta.Focus.X != -1 || late.Meta.Focus.Y != 0.5 {
		t.Errorf("%+v", late)
	}
	changed := as[attachment](apps[0].json("PUT", "/api/v1/media/"+late.ID, map[string]any{"description": "Later"}))
	if changed.Description != "Later" || changed.Meta.Focus.X != -1 {
		t.Errorf("%+v", changed)
	}
	without := as[attachment](apps[0].multipart("POST", "/api/v2/media", part{name: "keep_source", value: "false"}, photo))
	if without.Rossgram.Source != nil {
		t.Error("the source was kept against the owner's word")
	}
	apps[0].multipart("POST", "/api/v2/media", photo, part{name: "keep_source", value: "false"}).refused(422, "before the file")
}

func TestUploadsThatAreRefused(t *testing.T) {
	n, apps := newNode(t, "Anna")
	photo := jpegOf(t, 64, 48, 1)
	send := func(parts ...part) answer { return apps[0].multipart("POST", "/api/v2/media", parts...) }
	send(part{"file", "notes.jpg", "words"}).refused(422, "not a picture")
	send(part{name: "description", value: "x"}).refused(422, "no photo")
	send(part{"picture", "x", photo}).refused(422, "field file")
	send(part{"file", "x", photo}, part{"file", "y", photo}).refused(422, "one photo at a time")
	for _, focus := range []string{"1", "2,0", "NaN,0", "a,b"} {
		send(part{name: "focus", value: focus}, part{"file", "x", photo}).refused(422, "two numbers")
	}
	send(part{name: "description", value: strings.Repeat("a", 1501)}, part{"file", "x", photo}).refused(422, "1,501 characters")
	reader := n.signIn(apps[0].id, access.Scopes{access.Read})
	reader.multipart("POST", "/api/v2/media", part{"file", "x", photo}).refused(403, "write:media")
	apps[0].get("/api/v1/media/12").refused(404, "no such upload")
}
