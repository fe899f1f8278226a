package gateway_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/internal/apitest"
)

// newNode returns a node with a gateway, its media key, and a client without a
// token.
func newNode(t *testing.T) (*apitest.Node, string, *apitest.Client) {
	t.Helper()
	n := apitest.New(t, "Anna")
	key := apitest.Must(gateway.OpenKey(t.Context(), n.Store.State().Bucket("gateway/")))(t)
	gateway.New(gateway.Parts{Published: n.Store.Published(), Key: key}).Routes(n.Router)
	return n, key, n.Serve().With("")
}

func path(c cid.Cid) string { return "/ipfs/" + c.String() }

func postPhoto(n *apitest.Node, width, height int) record.Photo {
	return n.Post("a photo", n.Upload(width, height)).Post.Photos[0]
}

func TestAPostedPhotoIsTheFileItsCIDNames(t *testing.T) {
	n, _, client := newNode(t)
	file := apitest.Largest(postPhoto(n, 400, 300))
	a := client.Get(path(file.CID.Cid)).Want(t, http.StatusOK)
	if content.Sum(content.Raw, a.Body) != file.CID.Cid || int64(len(a.Body)) != file.Size {
		t.Errorf("%d bytes, not those of the CID", len(a.Body))
	}
	for name, want := range map[string]string{
		"Content-Type":           "image/jpeg",
		"Etag":                   `"` + file.CID.String() + `"`,
		"X-Content-Type-Options": "nosniff",
		"Content-Disposition":    "",
		"Content-Length":         fmt.Sprint(file.Size),
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if cache := a.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") || !strings.Contains(cache, "private") {
		t.Errorf("Cache-Control: %q", cache)
	}
	if head := client.Do(http.MethodHead, path(file.CID.Cid), nil); head.Status != http.StatusOK || head.Header.Get("Content-Length") != fmt.Sprint(file.Size) {
		t.Errorf("HEAD: %d, %v", head.Status, head.Header)
	}
	client.Get(path(file.CID.Cid), "If-None-Match", a.Header.Get("ETag")).Want(t, http.StatusNotModified)
}

func TestALargeSourceIsReadInPieces(t *testing.T) {
	n, _, client := newNode(t)
	source := postPhoto(n, 1100, 1000).Source
	if source.Size < content.MaxBlockSize+1000 {
		t.Fatalf("the source has only %d bytes", source.Size)
	}
	whole := client.Get(path(source.CID.Cid)).Want(t, http.StatusOK)
	if int64(len(whole.Body)) != source.Size || whole.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%d bytes of %s, want %d", len(whole.Body), whole.Header.Get("Content-Type"), source.Size)
	}
	for _, c := range []struct {
		name     string
		from, to int64
	}{
		{"the start", 0, 99},
		{"across two leaves", content.MaxBlockSize - 50, content.MaxBlockSize + 49},
		{"a whole leaf", 0, content.MaxBlockSize - 1},
		{"the last byte", source.Size - 1, source.Size - 1},
	} {
		a := client.Get(path(source.CID.Cid), "Range", fmt.Sprintf("bytes=%d-%d", c.from, c.to)).Want(t, http.StatusPartialContent)
		if !bytes.Equal(a.Body, whole.Body[c.from:c.to+1]) {
			t.Errorf("%s: %d bytes, not those of the file", c.name, len(a.Body))
		}
	}
	client.Get(path(source.CID.Cid), "Range", fmt.Sprintf("bytes=%d-", source.Size)).Want(t, http.StatusRequestedRangeNotSatisfiable)
}

func TestAnUploadIsShownToNobodyBeforeItIsPosted(t *testing.T) {
	n, key, client := newNode(t)
	upload := n.Upload(400, 300)
	held := apitest.Largest(upload.Photo).CID.Cid
	if there, err := n.Store.Has(t.Context(), held); err != nil || !there {
		t.Fatalf("the upload is not held: %v", err)
	}
	for _, query := range []string{"", "?format=raw", "?format=car", "?k=" + key} {
		client.Get(path(held)+query).Want(t, http.StatusNotFound)
	}
	n.Post("now", upload)
	client.Get(path(held)).Want(t, http.StatusOK)
}

func TestAPageFromElsewhereCannotTellWhichPhotosAreHere(t *testing.T) {
	n, key, client := newNode(t)
	posted := apitest.Largest(postPhoto(n, 400, 300)).CID.Cid
	held := apitest.Largest(n.Upload(400, 300).Photo).CID.Cid
	unknown := content.Sum(content.Raw, []byte("somewhere else"))
	wrong := strings.Repeat("x", len(key))
	for name, header := range map[string][]string{
		"another site":          {"Sec-Fetch-Site", "cross-site"},
		"another port":          {"Sec-Fetch-Site", "same-site"},
		"an old browser's page": {"Origin", "https://elsewhere.example"},
		"an old browser's img":  {"User-Agent", "Mozilla/5.0 (an old one)"},
	} {
		for _, query := range []string{"", "?format=raw", "?format=car", "?k=" + wrong, "?k="} {
			want := client.Get(path(unknown)+query, header...).Want(t, http.StatusForbidden)
			for _, c := range []string{posted.String(), held.String(), "nonsense"} {
				got := client.Get("/ipfs/"+c+query, header...)
				got.Header.Set("Date", want.Header.Get("Date"))
				if got.Status != want.Status || !bytes.Equal(got.Body, want.Body) || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
					t.Errorf("%s, %s: %d %v, another answer than for what is not here: %d %v", name, c+query, got.Status, got.Header, want.Status, want.Header)
				}
			}
			if want.Header.Get("Access-Control-Allow-Origin") != "" || want.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%s may read the refusal: %v", name, want.Header)
			}
		}
		a := client.Get(path(posted)+"?k="+key, header...).Want(t, http.StatusOK)
		if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s with the key: %v", name, a.Header)
		}
	}
	client.Get(path(posted), "Sec-Fetch-Site", "same-origin", "User-Agent", "Mozilla/5.0").Want(t, http.StatusOK)
}

func TestNothingIsHandedOutThatABrowserWouldRun(t *testing.T) {
	n, key, client := newNode(t)
	for name, text := range map[string]string{
		"HTML": "<!DOCTYPE html><script>alert(1)</script>",
		"SVG":  `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"PDF":  "%PDF-1.7 ...",
	} {
		b := content.NewBlock(content.Raw, []byte(text))
		n.Publish(b)
		a := client.Get(path(b.CID)+"?k="+key).Want(t, http.StatusOK)
		if a.Header.Get("Content-Type") != "application/octet-stream" ||
			!strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") ||
			!strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
}

func TestABlockAsItIs(t *testing.T) {
	n, _, client := newNode(t)
	post := n.Post("words", n.Upload(40, 30))
	for name, a := range map[string]apitest.Answer{
		"format": client.Get(path(post.CID) + "?format=raw"),
		"accept": client.Get(path(post.CID), "Accept", "text/plain, application/vnd.ipld.raw;q=0.5"),
	} {
		a.Want(t, http.StatusOK)
		if sha256.Sum256(a.Body) != [32]byte(post.CID.Hash()[2:]) || a.Header.Get("Content-Type") != "application/vnd.ipld.raw" {
			t.Errorf("%s: not the record's bytes: %v", name, a.Header)
		}
	}
	a := client.Get(path(post.CID)).Want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(string(a.Body), "format=raw") {
		t.Errorf("a record asked for as a file: %s", a.Body)
	}
	client.Get("/ipfs/nonsense").Want(t, http.StatusUnprocessableEntity)
	client.Get("/ipfs/"+strings.Repeat("b", 5000)).Want(t, http.StatusUnprocessableEntity)
	client.Get(path(post.CID)+"?format=tar").Want(t, http.StatusUnprocessableEntity)
}

func TestTheKeyStaysTheSame(t *testing.T) {
	n := apitest.New(t, "Anna")
	room := n.Store.State().Bucket("gateway/")
	first := apitest.Must(gateway.OpenKey(t.Context(), room))(t)
	again := apitest.Must(gateway.OpenKey(t.Context(), room))(t)
	if first != again || len(first) < 26 {
		t.Errorf("%q, then %q", first, again)
	}
}
