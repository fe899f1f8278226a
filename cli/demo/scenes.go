package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"time"

	"rossgram.app/cli/client"
)

// pollEvery is how often the demo looks whether something arrived; what it
// prints is that exact.
const pollEvery = 2 * time.Millisecond

func (p *Play) start(ctx context.Context) error {
	p.tell("Three nodes on this machine, in %s, on loopback only.\n", p.dir)
	for _, name := range []string{"anna", "ben", "chidi"} {
		begun := time.Now()
		a, err := p.hire(ctx, name)
		if err != nil {
			return err
		}
		p.cast = append(p.cast, a)
		p.tell("%-6s is up after %v: %s", name, since(begun), a.acct)
	}
	return nil
}

// meet has each follow the others by the invites they print.
func (p *Play) meet(ctx context.Context) error {
	p.tell("")
	for _, host := range p.cast {
		invite, err := host.cl.Invite(ctx, time.Hour)
		if err != nil {
			return err
		}
		for _, guest := range p.others(host) {
			begun := time.Now()
			if err := guest.follow(ctx, invite.Invite); err != nil {
				return err
			}
			p.tell("%-6s follows %s: known after %v", guest.name, host.name, since(begun))
		}
	}
	return nil
}

func (a *actor) follow(ctx context.Context, invite string) error {
	f, err := a.cl.Follow(ctx, invite)
	if err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		f, err = a.cl.FollowOf(ctx, f.DID)
		return f.Phase == client.Current, err
	})
}

// post has each post in turn, and shows when the others have it.
func (p *Play) post(ctx context.Context) error {
	for i, photo := range Photos() {
		author := p.cast[i%len(p.cast)]
		status, removed, err := author.post(ctx, photo)
		if err != nil {
			return err
		}
		shown := time.Now()
		p.tell("\n%s posts %s: %s", author.name, photo.File, photo.Caption)
		if len(removed) > 0 {
			p.tell("  taken out of the file: %s", strings.Join(removed, ", "))
		}
		p.tell("  %s", status.Rossgram.URI)
		for _, reader := range p.others(author) {
			if err := p.seen(ctx, reader, status, shown); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *actor) post(ctx context.Context, photo Photo) (client.Status, []string, error) {
	file, err := photo.Read()
	if err != nil {
		return client.Status{}, nil, err
	}
	media, err := a.cl.Upload(ctx, client.Upload{Name: photo.File, Alt: photo.Alt, File: bytes.NewReader(file)})
	if err != nil {
		return client.Status{}, nil, err
	}
	status, err := a.cl.Post(ctx, client.Draft{Caption: photo.Caption, Media: []string{media.ID}, Key: rand.Text()})
	return status, media.Rossgram.Removed, err
}

// seen waits until a post is in a reader's feed, and its photo on their disk.
func (p *Play) seen(ctx context.Context, reader *actor, status client.Status, begun time.Time) error {
	err := poll(ctx, func() (bool, error) {
		feed, err := reader.cl.Home(ctx, "", 20)
		return slices.ContainsFunc(feed, func(s client.Status) bool { return s.Rossgram.URI == status.Rossgram.URI }), err
	})
	if err != nil {
		return err
	}
	inFeed := since(begun)
	renditions := status.Attachments[0].Rossgram.Renditions
	body, _, err := reader.cl.Photo(ctx, renditions[len(renditions)-1].CID, patience)
	if err != nil {
		return err
	}
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	if err != nil {
		return err
	}
	p.tell("  %-6s sees it after %v, and has the photo (%d kB, checked) after %v", reader.name, inFeed, n/1000, since(begun))
	return nil
}

// pages prints where to look.
func (p *Play) pages(ctx context.Context) error {
	p.tell("\nTheir pages; each link signs a browser in once:")
	for _, a := range p.cast {
		link, err := a.cl.Link(ctx)
		if err != nil {
			return err
		}
		p.tell("  %-6s %s", a.name, link.URL)
	}
	p.tell("")
	return nil
}

func (p *Play) others(than *actor) []*actor {
	return slices.DeleteFunc(slices.Clone(p.cast), func(a *actor) bool { return a == than })
}

// poll asks until the answer is yes, an error, or the context's end.
func poll(ctx context.Context, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollEvery):
		}
	}
}

func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }
