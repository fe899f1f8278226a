package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rossgram.app/cli/client"
)

// postView is a post or a comment, whose caption is its text, as --json prints it; the
// names are relied on by scripts.
type postView struct {
	URI       string      `json:"uri"`
	CID       string      `json:"cid"`
	ID        string      `json:"id"`
	URL       string      `json:"url"`
	Author    accountView `json:"author"`
	CreatedAt time.Time   `json:"created_at"`
	Caption   string      `json:"caption"`
	Spoiler   string      `json:"spoiler"`
	Sensitive bool        `json:"sensitive"`
	Tags      []string    `json:"tags"`
	Photos    []photoView `json:"photos"`
	// InReplyTo is the id of what a comment answers.
	InReplyTo string `json:"in_reply_to,omitempty"`
	Likes     int    `json:"likes"`
	Reblogs   int    `json:"reblogs"`
	Comments  int    `json:"comments"`
	Liked     bool   `json:"liked"`
	Reblogged bool   `json:"reblogged"`
	// Pending is set for a comment that the post's author does not list yet.
	Pending bool `json:"pending,omitempty"`
	// RebloggedBy is who showed the post, where somebody else than its author did.
	RebloggedBy *accountView `json:"reblogged_by,omitempty"`
}

// photoView is a photo of a post. Renditions are in ascending width.
type photoView struct {
	Alt        string        `json:"alt"`
	Blurhash   string        `json:"blurhash"`
	Renditions []client.File `json:"renditions"`
	Source     *client.File  `json:"source"`
	// Removed is set where the photo was just uploaded.
	Removed []string `json:"removed,omitempty"`
	File    string   `json:"file,omitempty"`
}

// accountView is an account as --json prints it.
type accountView struct {
	DID  string `json:"did"`
	Acct string `json:"acct"`
	Name string `json:"name"`
	ID   string `json:"id"`
}

func viewOfAccount(a client.Account) accountView {
	name := a.DisplayName
	if name == "" {
		name = a.Username
	}
	return accountView{DID: a.Rossgram.DID, Acct: a.Acct, Name: name, ID: a.ID}
}

func viewOf(s client.Status) postView {
	if s.Reblog != nil {
		v, by := viewOf(*s.Reblog), viewOfAccount(s.Account)
		v.RebloggedBy = &by
		return v
	}
	v := postView{
		URI: s.Rossgram.URI, CID: s.Rossgram.CID, ID: s.ID, URL: s.URL,
		Author: viewOfAccount(s.Account), CreatedAt: s.CreatedAt,
		Caption: textOf(s.Content), Spoiler: s.SpoilerText, Sensitive: s.Sensitive,
		Tags: []string{}, Photos: []photoView{}, InReplyTo: s.InReplyTo, Pending: s.Rossgram.Pending,
		Likes: s.Likes, Reblogs: s.Reblogs, Comments: s.Replies, Liked: s.Liked, Reblogged: s.Reblogged,
	}
	for _, t := range s.Tags {
		v.Tags = append(v.Tags, t.Name)
	}
	for _, a := range s.Attachments {
		v.Photos = append(v.Photos, viewOfPhoto(a))
	}
	return v
}

func viewOfPhoto(a client.Attachment) photoView {
	p := photoView{Alt: a.Description, Blurhash: a.Blurhash, Renditions: a.Rossgram.Renditions, Source: a.Rossgram.Source}
	slices.SortFunc(p.Renditions, func(a, b client.File) int { return a.Width - b.Width })
	return p
}

func viewsOf(list []client.Status) []postView {
	views := make([]postView, len(list))
	for i, s := range list {
		views[i] = viewOf(s)
	}
	return views
}

// best returns the file to save: the source, else the largest rendition.
func (p photoView) best() (client.File, bool) {
	if p.Source != nil {
		return *p.Source, true
	}
	if len(p.Renditions) == 0 {
		return client.File{}, false
	}
	return p.Renditions[len(p.Renditions)-1], true
}

// print writes a post as people read it; pictures come from the album.
func (v postView) print(s *session, a *album) {
	if by := v.RebloggedBy; by != nil {
		s.say("Reblogged by %s (%s):", oneLine(by.Name), oneLine(by.Acct))
	}
	s.say("%s (%s), %s", oneLine(v.Author.Name), oneLine(v.Author.Acct), moment(v.CreatedAt))
	if v.Spoiler != "" {
		s.say("Warning: %s", oneLine(v.Spoiler))
	}
	if v.Caption != "" {
		s.say("%s", v.Caption)
	}
	for _, p := range v.Photos {
		if v.Sensitive {
			s.say("[photo, marked as sensitive] %s", oneLine(p.Alt))
			continue
		}
		a.show(p)
		s.say("%s", p.describe())
	}
	if counts := v.counts(); counts != "" {
		s.say("%s", counts)
	}
	s.say("%s", oneLine(v.URI))
}

// counts says how much was said to a post; nothing if nothing was.
func (v postView) counts() string {
	var parts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{{v.Likes, "like", "likes"}, {v.Comments, "comment", "comments"}, {v.Reblogs, "reblog", "reblogs"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.one)
		case c.n > 1:
			parts = append(parts, fmt.Sprint(c.n, " ", c.many))
		}
	}
	return strings.Join(parts, ", ")
}

func (p photoView) describe() string {
	f, ok := p.best()
	if !ok {
		return "[photo]"
	}
	size := ""
	if f.Width > 0 {
		size = fmt.Sprintf(" %dx%d", f.Width, f.Height)
	}
	return strings.TrimSpace(fmt.Sprintf("[photo%s] %s", size, oneLine(p.Alt)))
}

// moment writes a time as people on this machine read it.
func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// size writes bytes in a decimal unit.
func size(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1000, 0
	for v >= 999.95 && i < len(units)-1 {
		v /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %cB", v, units[i])
}
