package mastodon_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/record"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/api/internal/apitest"
	"rossgram.app/daemon/api/mastodon"
)

// connections is how many apps ask at once, where processors divide it.
const connections = 8

// BenchmarkHomeTimeline reads 20 posts of 20 authors over HTTP.
func BenchmarkHomeTimeline(b *testing.B) {
	n := apitest.New(b, "Anna")
	for i := range 100 {
		befriend(b, n, i)
	}
	mastodon.New(mastodon.Parts{Index: n.Index, Publish: n.Publisher, GatewayKey: gatewayKey, Now: time.Now}).Routes(n.Router)
	server := httptest.NewServer(n.Router)
	b.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	b.SetBytes(readHome(b, client, server.URL, n.Token))
	b.SetParallelism(max(1, connections/runtime.GOMAXPROCS(0))) // of each processor
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			readHome(b, client, server.URL, n.Token)
		}
	})
}

// readHome returns the bytes of an answer.
func readHome(b *testing.B, client *http.Client, base, token string) int64 {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, base+"/api/v1/timelines/home?limit=20", http.NoBody)
	if err != nil {
		b.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer res.Body.Close()
	size, err := io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Errorf("%s, %v", res.Status, err)
	}
	return size
}

// befriend lets the owner follow an account with a profile and ten posts.
func befriend(b *testing.B, n *apitest.Node, i int) {
	b.Helper()
	id := content.AccountID(sha256.Sum256(fmt.Append(nil, "author ", i)))
	apitest.Check(b, n.Publisher.Follow(b.Context(), n.Owner, id))
	now := time.Now().Add(-time.Duration(i) * time.Minute)
	changes := []repo.RecordChange{keep(b, n, content.NewPath(content.CollectionProfile, record.ProfileKey),
		&record.Profile{Name: fmt.Sprint("Author ", i), Bio: "Photos of #birds, see https://example.org", Created: record.TimeOf(now)})}
	for k := range 10 {
		at := now.Add(-time.Duration(k) * 24 * time.Hour)
		changes = append(changes, keep(b, n, content.NewPath(content.CollectionPost, content.NewTID(at, 0).String()), photoPost(at, i*10+k)))
	}
	v := content.Version{Epoch: 1, Rev: content.NewTID(now, 0)}
	apitest.Check(b, n.Index.Apply(b.Context(), id, content.Version{}, v, changes))
}

func keep(b *testing.B, n *apitest.Node, p content.Path, r record.Record) repo.RecordChange {
	b.Helper()
	block := apitest.Must(record.Encode(r))(b)
	apitest.Check(b, n.Store.Put(b.Context(), block))
	return repo.RecordChange{Path: p, New: block.CID}
}

// photoPost is a post as most are: a photo in three widths, a caption of two
// lines, two tags.
func photoPost(at time.Time, n int) *record.Post {
	p := &record.Post{Created: record.TimeOf(at), Lang: "en", Tags: []string{"birds", "river"}}
	p.Caption = strings.Repeat("The heron again, at the same place. ", 3) + "\n#birds #river"
	photo := record.Photo{Width: 4000, Height: 3000, Alt: "A heron at the river", Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj"}
	for _, width := range []int{320, 640, 1080} {
		photo.Renditions = append(photo.Renditions, record.File{
			CID: dagcbor.Link{Cid: content.Sum(content.Raw, fmt.Append(nil, n, width))}, Size: int64(width) * 100, Type: record.JPEG, Width: width, Height: width * 3 / 4,
		})
	}
	p.Photos = []record.Photo{photo}
	return p
}
