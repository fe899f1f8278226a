// Package api_test compares the routes of the packages below with docs/api.md.
package api_test

import (
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rossgram.app/daemon/api/gateway"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/monitor"
	"rossgram.app/daemon/api/oauth"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/api/rossgram"
)

const prefix = "/api/rossgram/v1/"

// registered returns the routes that there are. None is called, so their parts
// are left out.
func registered() []string {
	r := rest.New(nil, rest.Hosts{}, slog.New(slog.DiscardHandler))
	addRoutes(r)
	return r.Patterns()
}

func addRoutes(r *rest.Router) {
	gateway.New(gateway.Parts{}).Routes(r)
	mastodon.New(mastodon.Parts{}).Routes(r)
	oauth.New(oauth.Parts{}).Routes(r)
	rossgram.New(rossgram.Parts{}).Routes(r)
	monitor.New(monitor.Parts{}).Routes(r)
}

var (
	span   = regexp.MustCompile("`([^`]+)`")
	method = regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE)( |$)`)
)

// documented returns the routes in the first column of the document's tables,
// spelled out: in "`GET`, `PUT /a/{id}`" both methods have the path, and "`GET
// /a/b`, `…/c`" has two paths.
func documented(t *testing.T) (routes []string, text string) {
	b, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	text = string(b)
	section := ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "## ") {
			section = line
		}
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 || cells[0] != "" {
			continue
		}
		under := ""
		if strings.Contains(section, prefix[:len(prefix)-1]) {
			under = prefix
		}
		routes = append(routes, routesIn(cells[1], under)...)
	}
	return routes, text
}

func routesIn(cell, under string) []string {
	var routes, methods []string
	verb, path := "", ""
	for _, m := range span.FindAllStringSubmatch(cell, -1) {
		word, _, _ := strings.Cut(m[1], "?")
		switch {
		case method.MatchString(word):
			next, rest, _ := strings.Cut(word, " ")
			methods = append(methods, next)
			if verb, path = next, rest; path == "" {
				continue
			}
		case strings.HasPrefix(word, "…/") && path != "":
			path = path[:strings.LastIndex(path, "/")] + strings.TrimPrefix(word, "…")
			methods = []string{verb}
		default:
			continue // what is sent
		}
		for _, verb := range methods {
			if verb != "HEAD" { // which a route for GET answers
				routes = append(routes, verb+" "+under+path)
			}
		}
		methods = nil
	}
	return routes
}

func TestTheRoutesThatAreDocumentedAreThere(t *testing.T) {
	there := registered()
	routes, _ := documented(t)
	if len(routes) < 40 {
		t.Fatalf("only %d routes are read from the document: %q", len(routes), routes)
	}
	for _, route := range routes {
		if route != "GET /" && !slices.Contains(there, route) { // the page, which is the daemon's
			t.Errorf("docs/api.md has %s, which is not there", route)
		}
	}
}

func TestTheRoutesThatAreThereAreDocumented(t *testing.T) {
	routes, text := documented(t)
	for _, route := range registered() {
		_, path, _ := strings.Cut(route, " ")
		inTable := slices.Contains(routes, route)
		ofMastodon := strings.HasPrefix(path, "/api/v") || strings.HasPrefix(path, "/media/") || strings.HasPrefix(path, "/pictures/")
		if !inTable && !(ofMastodon && mentioned(path, text)) {
			t.Errorf("docs/api.md says nothing of %s", route)
		}
	}
}

// mentioned reports whether the words of a path are in the text, as for the
// routes that answer nothing yet, which are listed in a paragraph.
func mentioned(path, text string) bool {
	for word := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if !strings.HasPrefix(word, "{") && !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
