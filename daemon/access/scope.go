package access

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is what a token may do, by the names of Mastodon's API ("OAuth Scopes"):
// read, write and follow with their parts such as write:media, push and profile;
// and admin for what concerns the node, which no app is given.
type Scope string

// The scopes that have no parts' names.
const (
	Read    Scope = "read"
	Write   Scope = "write"
	Follow  Scope = "follow"  // read and write of follows, blocks and mutes
	Push    Scope = "push"    // notifications by Web Push
	Profile Scope = "profile" // who the account is; part of read:accounts
	Admin   Scope = "admin"   // tokens, peers, upkeep
	// Any is what a route needs that every token may call; no token has it.
	Any Scope = ""
)

// Scopes is a set of them.
type Scopes []Scope

// Everything is the set of all scopes.
func Everything() Scopes { return Scopes{Read, Write, Follow, Push, Profile, Admin} }

// The words behind a colon, as Mastodon has them.
var (
	readParts = []string{
		"accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes",
		"notifications", "search", "statuses",
	}
	writeParts = []string{
		"accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media",
		"mutes", "notifications", "reports", "statuses",
	}
	// relations are the parts that follow covers.
	relations = []string{"follows", "blocks", "mutes"}
)

// AppScopes returns all scopes that an app can be given.
func AppScopes() Scopes {
	list := Scopes{Read, Write, Follow, Push, Profile}
	for _, part := range readParts {
		list = append(list, Read+":"+Scope(part))
	}
	for _, part := range writeParts {
		list = append(list, Write+":"+Scope(part))
	}
	return list
}

// ParseScopes reads the form of RFC 6749, section 3.3: names between spaces. None
// is left out for being unknown: see [Scopes.Check].
func ParseScopes(text string) Scopes {
	var s Scopes
	for name := range strings.FieldsSeq(text) {
		if scope := Scope(name); !slices.Contains(s, scope) {
			s = append(s, scope)
		}
	}
	return s
}

// String writes that form.
func (s Scopes) String() string {
	names := make([]string, len(s))
	for i, scope := range s {
		names[i] = string(scope)
	}
	return strings.Join(names, " ")
}

// Check reports whether every scope is one there is, and there is any.
func (s Scopes) Check() error {
	known := append(AppScopes(), Admin)
	for _, scope := range s {
		if !slices.Contains(known, scope) {
			return fmt.Errorf("there is no scope %.40q: they are read, write, follow, push, profile, admin, and parts such as write:media", scope)
		}
	}
	if len(s) == 0 || len(s) > len(known) {
		return fmt.Errorf("a token has some scopes, each once: read, write, follow, push, profile, admin")
	}
	return nil
}

// CheckApp is Check for what an app asks for: admin, with or without a part, is
// not to be had.
func (s Scopes) CheckApp() error {
	for _, scope := range s {
		if top, _, _ := strings.Cut(string(scope), ":"); top == string(Admin) {
			return fmt.Errorf("no app is given the scope %.40q", scope)
		}
	}
	return s.Check()
}

// Allow reports whether the set covers what a route needs.
func (s Scopes) Allow(need Scope) bool {
	return need == Any || slices.ContainsFunc(s, func(has Scope) bool { return has.covers(need) })
}

// Contain reports whether the set covers all of another.
func (s Scopes) Contain(other Scopes) bool {
	return !slices.ContainsFunc(other, func(scope Scope) bool { return !s.Allow(scope) })
}

// covers reports whether a scope is another or has it as a part.
func (s Scope) covers(need Scope) bool {
	top, part, _ := strings.Cut(string(need), ":")
	switch {
	case s == need:
		return true
	case need == Profile:
		return s == Read || s == "read:accounts"
	case s == Follow:
		return slices.Contains(relations, part)
	}
	return part != "" && s == Scope(top)
}

// MayGive reports whether who has the set can hand all of another to an app.
// Follow is as much as its parts, and push tells of notifications.
func (s Scopes) MayGive(other Scopes) bool {
	return !slices.ContainsFunc(other, func(scope Scope) bool { return !s.mayGive(scope) })
}

func (s Scopes) mayGive(scope Scope) bool {
	switch scope {
	case Admin, Any:
		return false
	case Push:
		return s.Allow(Push) || s.Allow("read:notifications")
	case Follow:
		lacks := func(part string) bool {
			return !s.Allow(Read+":"+Scope(part)) || !s.Allow(Write+":"+Scope(part))
		}
		return !slices.ContainsFunc(relations, lacks)
	}
	return s.Allow(scope)
}
