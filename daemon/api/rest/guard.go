package rest

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Hosts says which Host headers are ours. Loopback names and the address that a
// connection came to are in any case: a page that rebinds its name's DNS to us
// names neither.
type Hosts struct {
	// Names are the further names, without port, such as that of a reverse proxy.
	Names []string
}

// misdirected refuses a Host that is not ours.
type misdirected struct{ host string }

func (m *misdirected) Error() string {
	return "the host " + m.host + " is not one this node serves: if it should be, add it to api.names in config.toml"
}
func (*misdirected) status() int { return http.StatusMisdirectedRequest }

func (hosts Hosts) check(req *http.Request) error {
	name, port := splitHost(req.Host)
	if hosts.named(name) {
		return nil // a proxy in front has a port of its own
	}
	local, _ := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local != nil && isOurs(name, port, local.String()) {
		return nil
	}
	return &misdirected{req.Host}
}

func splitHost(host string) (name, port string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	return strings.ToLower(strings.TrimSuffix(name, ".")), port
}

// named reports whether a host is one of the names in the configuration.
func (hosts Hosts) named(name string) bool {
	return slices.ContainsFunc(hosts.Names, func(n string) bool { return strings.EqualFold(n, name) })
}

// base returns where a caller whose Host was checked reaches us. That a proxy in
// front speaks TLS is believed where the Host is a configured name.
func (hosts Hosts) base(req *http.Request) string {
	name, _ := splitHost(req.Host)
	if hosts.named(name) && strings.EqualFold(req.Header.Get("X-Forwarded-Proto"), "https") {
		return "https://" + req.Host
	}
	return "http://" + req.Host
}

// isOurs reports whether a host and port name the address a connection came to.
func isOurs(name, port, local string) bool {
	at, err := netip.ParseAddrPort(local)
	if err != nil || port != "" && port != portOf(at) || port == "" && at.Port() != 80 {
		return false
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return name == "localhost" && at.Addr().Unmap().IsLoopback()
	}
	return ip.Unmap() == at.Addr().Unmap()
}

func portOf(at netip.AddrPort) string {
	_, port, _ := net.SplitHostPort(at.String())
	return port
}

// SameSite reports whether a request comes from a page of ours or from no page at
// all: browsers say where a request comes from in Sec-Fetch-Site (W3C "Fetch
// Metadata Request Headers"), older ones in Origin where it is another.
func SameSite(req *http.Request) bool {
	switch req.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		origin := req.Header.Get("Origin")
		return origin == "" || origin == "http://"+req.Host || origin == "https://"+req.Host
	}
	return false
}

// allowOrigin lets a page of any origin read the answer: it had the token, or the
// route is open.
func allowOrigin(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Link, WWW-Authenticate, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset")
}

func isPreflight(req *http.Request) bool {
	return req.Method == http.MethodOptions && req.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight allows what a client with a token sends, and any header, as
// Mastodon does. It grants nothing: a request without a token is refused all the
// same, and there are no cookies. That a page of the public internet calls a
// machine of the local network (WICG "Private Network Access") is allowed
// likewise, to a browser that asks; newer ones ask the person instead (WICG "Local
// Network Access").
func answerPreflight(w http.ResponseWriter, req *http.Request) {
	allowOrigin(w)
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
	// The star stands for all but Authorization (Fetch standard, section 4.9).
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, *")
	if req.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
