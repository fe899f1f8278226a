package mastodon

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"rossgram.app/content"
	"rossgram.app/content/photo"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/publish"
)

const maxFile = photo.MaxFile

// words is what an app says about a photo: nil is nothing.
type words struct {
	alt   *string
	focus *record.Focus
}

func wordsOf(p rest.Params) (w words, err error) {
	if alt, ok := p.Lookup("description"); ok {
		w.alt = &alt
	}
	if focus := p.Get("focus"); focus != "" {
		w.focus, err = parseFocus(focus)
	}
	return w, err
}

// parseFocus reads two numbers from -1 to 1 with a comma between.
func parseFocus(s string) (*record.Focus, error) {
	var f record.Focus
	x, y, ok := strings.Cut(s, ",")
	for to, number := range map[*int]string{&f.X: x, &f.Y: y} {
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if ok = ok && err == nil && n >= -1 && n <= 1; ok {
			*to = int(math.Round(n * record.MaxFocus))
		}
	}
	if !ok {
		return nil, content.E("mastodon.parseFocus", content.Invalid, fmt.Errorf("focus is two numbers from -1 to 1, such as 0.0,0.5, not %.40q", s))
	}
	return &f, nil
}

// upload takes a photo in.
func (a *API) upload(ctx context.Context, c *rest.Call) (any, error) {
	in := &intake{api: a, owner: c.Account(), field: "file"}
	p, err := c.Form(in.take(ctx))
	if err != nil {
		return nil, err
	}
	if in.media == nil {
		return nil, content.Errorf("mastodon.upload", content.Invalid, "there is no photo: send it as the field file of a multipart form")
	}
	m, err := a.describeLate(ctx, *in.media, in.before, p)
	if err != nil {
		return nil, err
	}
	return a.uploaded(c.Base, m), nil
}

// intake takes the one photo of a form in.
type intake struct {
	api    *API
	owner  content.AccountID
	field  string
	media  *publish.Media
	before rest.Params // what stood before the photo
}

func (in *intake) take(ctx context.Context) rest.FileFunc {
	const op = "mastodon.upload"
	return func(field string, before rest.Params, file io.Reader) error {
		switch {
		case field == "thumbnail":
			return nil // of videos; photos make their own
		case field != in.field:
			return content.E(op, content.Invalid, fmt.Errorf("the photo goes into the field %s, not %.40q", in.field, field))
		case in.media != nil:
			return content.Errorf(op, content.Invalid, "one photo at a time: send each in a request of its own")
		}
		opts, err := uploadOptions(before)
		if err != nil {
			return err
		}
		in.before = rest.Params{}
		for name, values := range before {
			in.before[name] = values
		}
		m, err := in.api.Publish.Upload(ctx, in.owner, file, opts)
		in.media = &m
		return err
	}
}

func uploadOptions(p rest.Params) (publish.UploadOptions, error) {
	w, err := wordsOf(p)
	opts := publish.UploadOptions{Focus: w.focus, Options: keeping(p)}
	if w.alt != nil {
		opts.Alt = *w.alt
	}
	return opts, err
}

func keeping(p rest.Params) photo.Options {
	return photo.Options{KeepSource: p.Bool("keep_source", true), KeepCamera: p.Bool("keep_camera", false)}
}

// describeLate heeds what stood behind the photo. What to keep of it can't be
// said so late; that is refused, lest more is kept than its author wanted.
func (a *API) describeLate(ctx context.Context, m publish.Media, before, all rest.Params) (publish.Media, error) {
	if keeping(before) != keeping(all) {
		return m, content.Errorf("mastodon.upload", content.Invalid, "keep_source and keep_camera must stand before the file: upload it again so")
	}
	if before.Get("description") == all.Get("description") && before.Get("focus") == all.Get("focus") {
		return m, nil
	}
	w, err := wordsOf(all)
	if err != nil {
		return m, err
	}
	return a.Publish.Describe(ctx, m.Owner, m.ID, w.alt, w.focus)
}

// uploaded is the entity of an upload.
func (a *API) uploaded(base string, m publish.Media) Attachment {
	e := attachment(m.ID.String(), m.Photo, a.uploadLinks(base, m))
	e.Rossgram.Removed = append([]photo.Finding{}, m.Removed...)
	return e
}

func (a *API) showMedia(ctx context.Context, c *rest.Call) (any, error) {
	id, err := publish.ParseMediaID(c.Path("id"))
	if err != nil {
		return nil, err
	}
	m, err := a.Publish.Media(ctx, c.Account(), id)
	if err != nil {
		return nil, err
	}
	return a.uploaded(c.Base, m), nil
}

func (a *API) describeMedia(ctx context.Context, c *rest.Call) (any, error) {
	id, err := publish.ParseMediaID(c.Path("id"))
	if err != nil {
		return nil, err
	}
	p, err := c.Params()
	if err != nil {
		return nil, err
	}
	w, err := wordsOf(p)
	if err != nil {
		return nil, err
	}
	m, err := a.Publish.Describe(ctx, c.Account(), id, w.alt, w.focus)
	if err != nil {
		return nil, err
	}
	return a.uploaded(c.Base, m), nil
}
