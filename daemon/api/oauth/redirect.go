package oauth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// outOfBand is the redirect URI of an app that no browser can lead back to: the
// code is shown, to be copied.
const outOfBand = "urn:ietf:wg:oauth:2.0:oob"

// uriLetters are what a URI is written with (RFC 3986, section 2), but for letters
// and digits. Browsers mend what has others, each in its own way.
const uriLetters = "-._~:/?#[]@!$&'()*+,;=%"

// refusedSchemes are those that a browser or a system acts on by itself, so that
// to be led there is more than to be led back to an app.
var refusedSchemes = []string{
	"about", "blob", "chrome", "content", "data", "file", "filesystem", "ftp", "intent", "jar", "javascript",
	"mailto", "mhtml", "news", "nntp", "resource", "search", "shell", "sms", "smb", "ssh", "tel", "telnet", "urn",
	"vbscript", "view-source", "ws", "wss",
}

// checkRedirect reports whether codes can be sent to an address: by https, to a
// program that owns a scheme (RFC 8252, section 7.1), or by http to loopback (7.3).
// Elsewhere http would show codes to the network (RFC 9700, section 2.6).
func checkRedirect(uri string) error {
	if uri == outOfBand {
		return nil
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || strings.ContainsFunc(uri, foreignToURIs):
		return fmt.Errorf("the redirect URI %.100q is not written as a URI", uri)
	case u.Scheme == "" || u.User != nil || strings.Contains(uri, "#"):
		return fmt.Errorf("a redirect URI has a scheme, no name of a user and no fragment: %.100q", uri)
	case slices.Contains(refusedSchemes, u.Scheme) || strings.HasPrefix(u.Scheme, "ms-"):
		return fmt.Errorf("no app is led back to by %s: addresses", u.Scheme)
	case u.Scheme == "https" && u.Hostname() == "", u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("a redirect URI on the web begins with https://; http:// is for 127.0.0.1, [::1] and localhost")
	}
	return nil
}

func foreignToURIs(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(uriLetters, r)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || host == "localhost"
}

// matches reports whether a redirect URI is a registered one, letter by letter (RFC
// 9700, section 2.1), but for the port of a loopback address, which a program
// learns only when it starts (RFC 8252, section 7.3).
func matches(registered []string, uri string) bool {
	if slices.Contains(registered, uri) {
		return true
	}
	portless, ok := withoutPort(uri)
	return ok && slices.ContainsFunc(registered, func(r string) bool {
		other, ok := withoutPort(r)
		return ok && other == portless
	})
}

// withoutPort takes the port out of an http URI to a loopback address; a name, such
// as localhost, has none to take.
func withoutPort(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || checkRedirect(uri) != nil {
		return "", false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || !ip.IsLoopback() {
		return "", false
	}
	rest := strings.TrimPrefix(uri[len("http://"):], u.Host)
	return ip.String() + " " + rest, true
}

// withAnswer adds the parameters of an answer to a redirect URI, whose own stay
// (RFC 6749, section 4.1.2).
func withAnswer(uri string, answer url.Values) string {
	sep := "?"
	if strings.Contains(uri, "?") {
		sep = "&"
	}
	return uri + sep + answer.Encode()
}
