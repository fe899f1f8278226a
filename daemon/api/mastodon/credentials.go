package mastodon

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/publish"
)

// Source is what the owner of an Account edits: Note and the fields are text.
type Source struct {
	Privacy             string    `json:"privacy"`
	Sensitive           bool      `json:"sensitive"`
	Language            string    `json:"language"`
	Note                string    `json:"note"`
	Fields              []Field   `json:"fields"`
	FollowRequestsCount int       `json:"follow_requests_count"`
	HideCollections     bool      `json:"hide_collections"`
	Discoverable        bool      `json:"discoverable"`
	Indexable           bool      `json:"indexable"`
	AttributionDomains  EmptyList `json:"attribution_domains"`
}

// Role is what the owner may do to the node: nothing, as far as apps know.
type Role struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"`
	Color       string `json:"color"`
	Highlighted bool   `json:"highlighted"`
}

func (a *API) verifyCredentials(ctx context.Context, c *rest.Call) (any, error) {
	return a.own(ctx, c)
}

// own is the caller's account, as its owner sees it.
func (a *API) own(ctx context.Context, c *rest.Call) (any, error) {
	of, err := a.Index.Account(ctx, c.Account())
	if err != nil {
		return nil, err
	}
	e := a.Account(c.Base, of)
	e.Source = &Source{Privacy: "public", Fields: []Field{}, Discoverable: true}
	e.Role = &Role{ID: "-99", Permissions: "0"} // Mastodon's role of everybody
	if p := of.Profile; p != nil {
		e.Source.Note = p.Bio
		for _, f := range p.Fields {
			e.Source.Fields = append(e.Source.Fields, Field{Name: f.Name, Value: f.Value})
		}
	}
	return e, nil
}

// updateCredentials changes the caller's profile.
func (a *API) updateCredentials(ctx context.Context, c *rest.Call) (any, error) {
	var change publish.ProfileChange
	p, err := c.Form(a.takePicture(ctx, c.Account(), &change))
	if err != nil {
		return nil, err
	}
	if err := checkSettings(p); err != nil {
		return nil, err
	}
	if change.Fields, err = fields(p); err != nil {
		return nil, err
	}
	for name, to := range map[string]**string{"display_name": &change.Name, "note": &change.Bio} {
		if v, ok := p.Lookup(name); ok {
			*to = &v
		}
	}
	if err := a.Publish.UpdateProfile(ctx, c.Account(), change); err != nil {
		return nil, err
	}
	return a.own(ctx, c)
}

// takePicture takes the pictures of a profile in, as uploads.
func (a *API) takePicture(ctx context.Context, owner content.AccountID, change *publish.ProfileChange) rest.FileFunc {
	return func(field string, _ rest.Params, file io.Reader) error {
		to, ok := map[string]**publish.MediaID{"avatar": &change.Avatar, "header": &change.Header}[field]
		if !ok || *to != nil {
			return content.E("mastodon.takePicture", content.Invalid, fmt.Errorf("a profile has one avatar and one header, and no file %.40q", field))
		}
		m, err := a.Publish.Upload(ctx, owner, file, publish.UploadOptions{})
		*to = &m.ID
		return err
	}
}

// removePicture takes a picture off the caller's profile.
func (a *API) removePicture(r role) rest.Endpoint {
	return func(ctx context.Context, c *rest.Call) (any, error) {
		change := publish.ProfileChange{Avatar: new(publish.MediaID)}
		if r == header {
			change = publish.ProfileChange{Header: new(publish.MediaID)}
		}
		if err := a.Publish.UpdateProfile(ctx, c.Account(), change); err != nil {
			return nil, err
		}
		return a.own(ctx, c)
	}
}

// settings are what Mastodon has and this node can't change, with what they are:
// apps send them back as they were, and what differs is refused.
var settings = map[string]string{
	"locked": "false", "bot": "false", "hide_collections": "false",
	"source[privacy]": "public", "source[sensitive]": "false", "source[language]": "",
	"avatar": "", "header": "", // as text; files are taken
}

func checkSettings(p rest.Params) error {
	for name, is := range settings {
		v, sent := p.Lookup(name)
		if sent && v != "" && v != is && !(is == "false" && !p.Bool(name, false)) {
			return content.E("mastodon.updateCredentials", content.Invalid, fmt.Errorf("%s can't be %.40q here yet: leave it out", name, v))
		}
	}
	return nil
}

// fields reads fields_attributes, which apps send as a list or numbered; nil if
// there are none. Those without name and value are left out.
func fields(p rest.Params) (*[]record.Field, error) {
	const prefix, op = "fields_attributes[", "mastodon.fields"
	names, values := p[prefix+"][name]"], p[prefix+"][value]"]
	if len(names) != len(values) {
		return nil, content.Errorf(op, content.Invalid, "every field has a name and a value")
	}
	var numbers []int
	for key := range p {
		rest, ok := strings.CutPrefix(key, prefix)
		number, _, _ := strings.Cut(rest, "]")
		if n, err := strconv.ParseUint(number, 10, 16); ok && err == nil && !slices.Contains(numbers, int(n)) {
			numbers = append(numbers, int(n))
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		at := prefix + strconv.Itoa(n) + "]"
		names, values = append(names, p.Get(at+"[name]")), append(values, p.Get(at+"[value]"))
	}
	if len(names) == 0 {
		return nil, nil
	}
	list := []record.Field{}
	for i := range names {
		if names[i] != "" || values[i] != "" {
			list = append(list, record.Field{Name: names[i], Value: values[i]})
		}
	}
	return &list, nil
}
