package oauth

import (
	"net/url"
	"slices"
	"strings"

	"rossgram.app/daemon/access"
)

// words say what a scope allows; the names of scopes say it to programmers only.
var words = map[access.Scope]string{
	access.Read:    "see all that you see: posts and photos, whom you follow, your profile, and the state of this node with its addresses and peers",
	access.Write:   "act in your name: post, change and delete, change your profile, follow and unfollow, make invites",
	access.Follow:  "see and change whom you follow, block and mute",
	access.Push:    "be told of your notifications when they come",
	access.Profile: "see who you are: your name, your picture and your profile",

	"read:accounts":      "see profiles, yours and others'",
	"read:blocks":        "see whom you block",
	"read:bookmarks":     "see your bookmarks",
	"read:favourites":    "see what you liked",
	"read:filters":       "see your filters",
	"read:follows":       "see whom you follow",
	"read:lists":         "see your lists",
	"read:mutes":         "see whom you mute",
	"read:notifications": "see your notifications",
	"read:search":        "search in your name",
	"read:statuses":      "see posts and photos, yours and those of whom you follow",

	"write:accounts":      "change your profile and its pictures",
	"write:blocks":        "block and unblock in your name",
	"write:bookmarks":     "change your bookmarks",
	"write:conversations": "mute and delete conversations",
	"write:favourites":    "like in your name",
	"write:filters":       "change your filters",
	"write:follows":       "follow and unfollow in your name",
	"write:lists":         "change your lists",
	"write:media":         "upload photos",
	"write:mutes":         "mute and unmute in your name",
	"write:notifications": "clear your notifications",
	"write:reports":       "report others in your name",
	"write:statuses":      "post and delete posts in your name",
}

// inWords says what scopes allow, leaving out those that are part of another.
func inWords(scopes access.Scopes) []string {
	var lines []string
	for _, s := range scopes {
		within := slices.ContainsFunc(scopes, func(o access.Scope) bool { return o != s && access.Scopes{o}.Allow(s) })
		if !within {
			lines = append(lines, words[s])
		}
	}
	return lines
}

// destination says where an answer goes: what an app can lie about least.
func destination(redirect string) string {
	u, err := url.Parse(redirect)
	switch {
	case redirect == outOfBand:
		return "You will be shown a code to copy into the app."
	case err != nil:
		return ""
	case u.Scheme == "https":
		return "You will be sent to " + u.Host + "."
	case u.Scheme == "http":
		return "You will be sent to the program at " + u.Host + " on this machine."
	}
	return "You will be sent to the program on this device that opens " + strings.ToLower(u.Scheme) + ": links."
}
