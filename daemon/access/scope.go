package access

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is what a token may do, by the names of Mastodon's API ("OAuth Scopes"):
// read, write and follow with their parts such as write:media; and admin for
// what concerns the node.
type Scope string

// The scopes that have no parts' names.
const (
	Read   Scope = "read"
	Write  Scope = "write"
	Follow Scope = "follow" // read and write of follows, blocks and mutes
	Admin  Scope = "admin"  // tokens, peers, upkeep
	// Any is what a route needs that every token may call; no token has it.
	Any Scope = ""
)

// Scopes is a set of them.
type Scopes []Scope

// Everything is the set of all scopes.
func Everything() Scopes { return Scopes{Read, Write, Follow, Admin} }

// parts are what the word behind a colon may be; Mastodon's clients ask for them.
var parts = []string{
	"accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists",
	"media", "mutes", "notifications", "reports", "search", "statuses",
}

// relations are the parts that follow covers.
var relations = []string{"follows", "blocks", "mutes"}

// Check reports whether every scope is one there is, and there is any.
func (s Scopes) Check() error {
	for _, scope := range s {
		if !scope.known() {
			return fmt.Errorf("there is no scope %.40q: they are read, write, follow, admin, and parts such as write:media", scope)
		}
	}
	if len(s) == 0 || len(s) > 2*len(parts)+4 {
		return fmt.Errorf("a token has some scopes, each once: read, write, follow, admin")
	}
	return nil
}

func (s Scope) known() bool {
	top, part, cut := strings.Cut(string(s), ":")
	if !cut {
		return slices.Contains(Everything(), s)
	}
	return (top == string(Read) || top == string(Write)) && slices.Contains(parts, part)
}

// Allow reports whether the set covers what a route needs.
func (s Scopes) Allow(need Scope) bool {
	top, part, _ := strings.Cut(string(need), ":")
	return need == Any || slices.Contains(s, need) || slices.Contains(s, Scope(top)) ||
		slices.Contains(relations, part) && slices.Contains(s, Follow)
}
