package mastodon_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestAPostComesBackAsItWasMeant(t *testing.T) {
	_, apps := newNode(t, "Anna")
	m := apps[0].upload(part{name: "description", value: "A gradient"})
	s := as[status](apps[0].form("POST", "/api/v1/statuses", url.Values{
		"status": {"Light & <b>dark</b>\nat #Home\n\nsee https://example.org/a?b=1&c=2."}, "media_ids[]": {m.ID},
		"spoiler_text": {"bright"}, "language": {"de"}, "tags[]": {"Sun"}, "visibility": {"unlisted"},
	}))
	base := apps[0].node.server.URL
	want := `<p>Light &amp; &lt;b&gt;dark&lt;/b&gt;<br />at <a href="` + base + `/tags/home" class="mention hashtag" rel="tag">#<span>Home</span></a></p>` +
		`<p>see <a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="nofollow noopener noreferrer" translate="no">https://example.org/a?b=1&amp;c=2</a>.</p>`
	if s.Content != want {
		t.Errorf("content:\n%s\nwant\n%s", s.Content, want)
	}
	if !s.Sensitive || s.SpoilerText != "bright" || s.Language != "de" || s.Visibility != "public" || fmt.Sprint(s.Tags) != "[{home "+base+"/tags/home} {sun "+base+"/tags/sun}]" {
		t.Errorf("%+v", s)
	}
	if s.URL != base+"/@Anna@"+apps[0].id.Fingerprint()+"/"+s.ID || !strings.HasPrefix(s.Rossgram.URI, "rg://did:key:") || s.Rossgram.CID == "" {
		t.Errorf("its names: %s %+v", s.URL, s.Rossgram)
	}
	p := s.Media[0]
	if want := base + "/ipfs/" + p.Rossgram.Renditions[0].CID + "?k=" + gatewayKey; p.PreviewURL != want || p.Description != "A gradient" || p.Rossgram.Source.URL == "" {
		t.Errorf("its photo: %+v, want it at %s", p, want)
	}
	if again := as[status](apps[0].get("/api/v1/statuses/" + s.ID)); again.Content != s.Content || again.Rossgram != s.Rossgram {
		t.Errorf("shown: %+v", again)
	}
}

func TestAnswerLostAndPostedOnce(t *testing.T) {
	_, apps := newNode(t, "Anna")
	draft := map[string]any{"status": "Once", "media_ids": []string{apps[0].upload().ID}}
	first := as[status](apps[0].json("POST", "/api/v1/statuses", draft, "Idempotency-Key", "k"))
	second := as[status](apps[0].json("POST", "/api/v1/statuses", draft, "Idempotency-Key", "k"))
	if first.ID != second.ID {
		t.Errorf("posted as %s and as %s", first.ID, second.ID)
	}
	if s := as[status](apps[0].do("DELETE", "/api/v1/statuses/"+first.ID, "", nil)); s.Text != "Once" || s.ID != first.ID {
		t.Errorf("deleted: %+v", s)
	}
	apps[0].json("POST", "/api/v1/statuses", draft, "Idempotency-Key", "k").refused(404, "deleted since")
	apps[0].get("/api/v1/statuses/"+first.ID).refused(404, "")
}

func TestPostsThatAreRefused(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	m := apps[0].upload().ID
	send := func(more map[string]any) answer {
		draft := map[string]any{"status": "Hello", "media_ids": []string{m}}
		for name, v := range more {
			draft[name] = v
		}
		return apps[0].json("POST", "/api/v1/statuses", draft)
	}
	many := strings.Split(strings.Repeat(m+" ", 20)+m, " ")
	for name, c := range map[string]struct {
		more  map[string]any
		words string
	}{
		"no photo":        {map[string]any{"media_ids": nil}, "at least one photo"},
		"21 photos":       {map[string]any{"media_ids": many}, "at most 20 photos"},
		"too long":        {map[string]any{"status": strings.Repeat("é", 2201)}, "2,201 characters; at most 2,200"},
		"no number":       {map[string]any{"media_ids": []string{"x"}}, "decimal number"},
		"for followers":   {map[string]any{"visibility": "private"}, "some people only"},
		"for one":         {map[string]any{"visibility": "direct"}, "some people only"},
		"for nobody":      {map[string]any{"visibility": "secret"}, "no visibility"},
		"for this node":   {map[string]any{"local_only": true}, "local_only"},
		"a poll":          {map[string]any{"poll": map[string]any{"options": []string{"a", "b"}, "expires_in": 60}}, "a poll"},
		"photos in reply": {map[string]any{"in_reply_to_id": "1"}, "a comment is text alone"},
		"later":           {map[string]any{"scheduled_at": "2030-01-01T00:00:00Z"}, "a post for later"},
		"odd language":    {map[string]any{"language": "4"}, "BCP 47"},
		"what is no tag":  {map[string]any{"tags": []string{"a b"}}, "not a tag"},
		"hidden controls": {map[string]any{"status": "a\u202eb"}, "control character"},
	} {
		t.Run(name, func(t *testing.T) {
			got := send(c.more)
			got.t = t
			got.refused(422, c.words)
		})
	}
	if s := as[status](send(map[string]any{"in_reply_to_id": nil, "poll": nil, "sensitive": false, "scheduled_at": ""})); s.Sensitive {
		t.Errorf("what an app leaves empty: %+v", s)
	}
	theirs := apps[1].post("Ben's")
	apps[0].do("DELETE", "/api/v1/statuses/"+theirs.ID, "", nil).refused(403, "only its author")
	apps[0].do("DELETE", "/api/v1/statuses/12", "", nil).refused(404, "")
}
