package rossgram_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"rossgram.app/daemon"
	"rossgram.app/daemon/api/internal/apitest"
)

func TestOwnPhotosThatNearlyFillTheLimitAreSaid(t *testing.T) {
	anna := newPerson(t, "Anna", func(cfg *daemon.Config) { cfg.Storage.Max = 16 * daemon.MB })
	if slices.Contains(codes(anna.state()), "limit-near") {
		t.Fatal("warned of an empty home")
	}
	for range 60 {
		if slices.Contains(codes(anna.state()), "limit-near") {
			return
		}
		if anna.tryPost(apitest.Noise(t, 900, 700)) != http.StatusOK {
			break // no more fits: it must be said now
		}
	}
	anna.until("the warning", func() bool { return slices.Contains(codes(anna.state()), "limit-near") })
}

// tryPost uploads a photo, which may find no room.
func (p *person) tryPost(photo []byte) int {
	p.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part := apitest.Must(w.CreateFormFile("file", "photo.jpg"))(p.t)
	apitest.Must(part.Write(photo))(p.t)
	apitest.Check(p.t, w.Close())
	req := apitest.Must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.URL+"/api/v2/media", &form))(p.t)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+p.Token)
	res := apitest.Must(http.DefaultClient.Do(req))(p.t)
	res.Body.Close()
	return res.StatusCode
}

func TestAForecastFollowsNobody(t *testing.T) {
	anna, ben := newPerson(t, "Anna"), newPerson(t, "Ben")
	anna.Post("one", apitest.Noise(t, 400, 300))
	anna.Post("two", apitest.Noise(t, 400, 300))
	var f struct {
		DID, From  string
		Posts      int
		Records    int64 `json:"records_bytes"`
		Renditions int64 `json:"renditions_bytes"`
		Disk       int64 `json:"disk_bytes"`
		Daily      int64 `json:"daily_bytes"`
	}
	ben.Get(ours+"forecast?account="+url.QueryEscape(anna.invite())).Want(t, http.StatusOK).JSON(t, &f)
	if n := anna.state(); f.DID != n.Account.DID || f.From != n.PeerID {
		t.Errorf("of %s, from %s", f.DID, f.From)
	}
	if f.Posts != 2 || f.Records == 0 || f.Renditions == 0 || f.Disk != f.Records+f.Renditions || f.Daily == 0 {
		t.Errorf("%+v", f)
	}
	if n := ben.state(); n.Follows.Total != 0 {
		t.Error("it was followed")
	}
	refused(t, ben.Get(ours+"forecast?account="+url.QueryEscape("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")), http.StatusServiceUnavailable, "invite")
}
