package web_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"rossgram.app/daemon"
)

func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes long; what runs in it has no race detector")
	}
	b := openBrowser(t)
	for name, test := range map[string]func(*testing.T, *browser){
		"a photo is posted, seen elsewhere and deleted": aDayOfTheOwner,
		"a hostile caption is text and links only":      hostileCaptionIsTextAndLinksOnly,
		"blurhashes look like their photos":             blurhashesLookLikeTheirPhotos,
		"an app is let in":                              anAppIsLetIn,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// node is a running daemon.
type node struct {
	t         *testing.T
	api, home string
}

func startNode(t *testing.T, name string) *node {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	if _, err := daemon.Init(t.Context(), home, daemon.InitOptions{Name: name}); err != nil {
		t.Fatal(err)
	}
	cfg := daemon.DefaultConfig(home)
	cfg.API.Listen = "127.0.0.1:0"
	cfg.Network.Listen, cfg.Network.MDNS = []string{"/ip4/127.0.0.1/tcp/0"}, false
	n, err := daemon.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	api, _ := n.Ready()
	return &node{t, api, home}
}

// link makes a one-time link, as rossgram open does.
func (n *node) link() string {
	n.t.Helper()
	token, err := os.ReadFile(filepath.Join(n.home, "token"))
	if err != nil {
		n.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodPost, n.api+"/api/rossgram/v1/links", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	var link struct{ URL string }
	if err := json.NewDecoder(res.Body).Decode(&link); err != nil || link.URL == "" {
		n.t.Fatalf("no link: %s, %v", res.Status, err)
	}
	return link.URL
}

// drawPhoto draws a picture that is red on the left and blue on the right.
func drawPhoto(t *testing.T) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 1200, 800))
	for y := range 800 {
		for x := range 1200 {
			c := color.RGBA{200, 20, 20, 255}
			if x >= 600 {
				c = color.RGBA{20, 20, 200, 255}
			}
			picture.SetRGBA(x, y, c)
		}
	}
	name := filepath.Join(t.TempDir(), "drawn.jpg")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := jpeg.Encode(f, picture, nil); err != nil {
		t.Fatal(err)
	}
	return name
}

const (
	signedIn  = `document.body.dataset.state === "in"`
	signedOut = `document.body.dataset.state === "out"`
	loaded    = `document.querySelector(".post .photo.here img")?.naturalWidth > 0`
)

func aDayOfTheOwner(t *testing.T, b *browser) {
	n := startNode(t, "Anna")
	link := n.link()
	anna := b.open(t, link)
	anna.see("being signed in", signedIn)
	if at := anna.text(`location.href`); strings.Contains(at, "code") {
		t.Errorf("the code is left in the address: %s", at)
	}
	anna.see("what to do first", `!document.querySelector("#empty").hidden`)

	second := b.open(t, n.link())
	second.see("being signed in", signedIn)

	anna.post(drawPhoto(t), "First snow #winter", "A hut under snow")
	anna.see("the photo", loaded)
	if got := anna.text(`document.querySelector(".post .caption").innerText`); got != "First snow #winter" {
		t.Errorf("the caption is %q", got)
	}
	if got := anna.text(`document.querySelector(".post .photo img").alt`); got != "A hut under snow" {
		t.Errorf("the description is %q", got)
	}
	if got := anna.text(sides); got != "red, blue" {
		t.Errorf("the blurhash is %s", got)
	}

	second.see("the first post by itself", loaded)
	anna.bring("drop", "dataTransfer")
	anna.bring("paste", "clipboardData")
	anna.publish("Again", 2)
	second.see("that there is a new post", `!document.querySelector("#pill").hidden`)
	if got := second.text(`document.querySelector(".post .caption").innerText`); got == "Again" {
		t.Error("the page moved without being asked")
	}
	second.click("#pill")
	second.see("the second post", `document.querySelectorAll(".post").length === 2`)

	anna.do("reload", chromedp.Reload())
	anna.see("both posts after a reload", `document.querySelectorAll(".post").length === 2`)
	anna.click(".post [data-act=delete]")
	anna.click("#ask [value=yes]")
	anna.see("one post", `document.querySelectorAll(".post").length === 1`)
	second.see("one post", `document.querySelectorAll(".post").length === 1`)

	nobody(t, b, n, link)
	anna.click("#menu summary")
	anna.click("[data-do=sign-out]")
	anna.see("being signed out", signedOut+` && !document.querySelector(".post")`)
	anna.quiet()
	second.quiet()
}

// sides is the colours of the first photo's blurhash on the left and right.
const sides = `(() => {
	const canvas = document.querySelector(".photo canvas"), { width, height } = canvas;
	const { data } = canvas.getContext("2d").getImageData(0, height >> 1, width, 1);
	return [0, width - 1].map((x) => {
		const [r, , b] = data.slice(4 * x);
		return r > 2 * b ? "red" : b > 2 * r ? "blue" : r + "/" + b;
	}).join(", ");
})()`

// post posts a photo as a person does.
func (p *tab) post(file, caption, alt string) {
	p.t.Helper()
	p.click("[data-do=compose]")
	p.do("choose a photo", chromedp.SetUploadFiles(chromedp.ID("files"), []string{file}))
	p.do("describe it", chromedp.SendKeys(chromedp.CSS(".draft textarea"), alt))
	p.publish(caption, 1)
}

// bring drops or pastes a photo on the page: an event that carries one as data.
func (p *tab) bring(event, data string) {
	p.t.Helper()
	p.do(event+" a photo", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(async () => {
		const carried = new DataTransfer(), canvas = document.createElement("canvas");
		canvas.getContext("2d").fillRect(0, 0, 200, 100);
		const picture = await new Promise((resolve) => canvas.toBlob(resolve));
		carried.items.add(new File([picture], "brought.png", { type: "image/png" }));
		const init = { bubbles: true, cancelable: true, %[2]s: carried };
		const event = "%[1]s" === "drop" ? new DragEvent("drop", init) : new ClipboardEvent("paste", init);
		document.body.dispatchEvent(event);
		if (!event.defaultPrevented) throw new Error("the browser would open the file itself");
	})()`, event, data), chromedp.EvalAwaitPromise))
}

// publish posts the draft once its photos are on the node.
func (p *tab) publish(caption string, photos int) {
	p.t.Helper()
	p.see("the uploads", fmt.Sprintf(
		`[...document.querySelectorAll(".draft .state")].filter((s) => s.textContent.startsWith("Ready")).length === %d`, photos))
	p.do("write", chromedp.SendKeys(chromedp.ID("caption"), caption))
	p.click("#publish:enabled")
	p.see("the end of the dialog", `!document.querySelector("#compose").open`)
}

// nobody is somebody without a link, or with one that is spent.
func nobody(t *testing.T, b *browser, n *node, spent string) {
	t.Helper()
	for _, address := range []string{n.api, spent} {
		p := b.open(t, address)
		p.see("what to do", signedOut+` && document.body.innerText.includes("rossgram open")`)
		if got := p.text(`String(document.querySelectorAll(".post, .photo").length)`); got != "0" {
			t.Errorf("%s shows posts", address)
		}
		if used := strings.Contains(p.look(), "used already"); used != (address == spent) {
			t.Errorf("%s says %s", address, p.look())
		}
		p.quiet("403 (Forbidden)", "401 (Unauthorized)") // the spent code's
	}
}
