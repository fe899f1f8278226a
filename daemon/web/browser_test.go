package web_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a browser on a busy machine may take for anything.
const patience = 90 * time.Second

// browser is a real browser; each of its tabs is somebody else's, with storage of
// its own.
type browser struct{ ctx context.Context }

// openBrowser starts Chromium; without one the test is skipped, but not in CI.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no chromium, chromium-browser or google-chrome to try the page in")
		}
		t.Skip("no chromium, chromium-browser or google-chrome: the page is not tried in a browser")
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // it has no pages but ours, and containers have no sandbox
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(patience),
	)...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &browser{ctx}
}

// tab is one person's look at the page.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	messages []string // of the console
}

// open opens an address as somebody who was never here. What the console says at
// the end is for [tab.quiet] to judge.
func (b *browser) open(t *testing.T, address string) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &tab{t: t, ctx: ctx}
	messages := chromedp.Console(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.messages = append(p.messages, m.String()+" "+m.URL)
			p.mu.Unlock()
		}
	})
	t.Cleanup(func() { closeTab(); reading.Wait() })
	p.do("open "+address, chromedp.Navigate(address))
	return p
}

// do does one thing as a person would.
func (p *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\nthe page is %s\nthe console says %q", what, err, p.look(), p.said())
	}
}

// see waits until an expression is true, also across a reload, for which
// chromedp.Poll has no patience.
func (p *tab) see(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for tick := time.Tick(50 * time.Millisecond); ; {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-tick:
		case <-ctx.Done():
			p.t.Fatalf("waited in vain for %s\nthe page is %s\nthe console says %q", what, p.look(), p.said())
		}
	}
}

// click clicks on the first element of a selector.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// text evaluates an expression that gives a text.
func (p *tab) text(expression string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return s
}

// look is what a failure shows of the page.
func (p *tab) look() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.dataset.state + ": " + document.body.innerText.slice(0, 2000)`))
	if err != nil {
		return err.Error()
	}
	return s
}

func (p *tab) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}

// quiet reports whatever the console said, such as violations of the page's
// policy, but for what is expected.
func (p *tab) quiet(expected ...string) {
	p.t.Helper()
	for _, m := range p.said() {
		if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(m, e) }) {
			p.t.Errorf("the console says: %s", m)
		}
	}
}
