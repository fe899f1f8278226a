package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"rossgram.app/cli/client"
	"rossgram.app/content"
	"rossgram.app/content/record"
)

const (
	uploadsAtOnce = 2 // the daemon decodes few photos at once
	postAttempts  = 5
	postPause     = time.Second
)

func postCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "post",
		Usage:     "publish photos; prints the post's URI and CID",
		ArgsUsage: "PHOTO…",
		Description: "Position, serial numbers, names and thumbnails in the photos are taken out\n" +
			"before they are stored. - reads one photo from standard input.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "m", Aliases: []string{"caption"}, Usage: "the `CAPTION`; its #tags count as tags"},
			&urfave.StringSliceFlag{Name: "alt", Usage: "`TEXT` that says what a photo shows, for each in turn"},
			&urfave.StringSliceFlag{Name: "tag", Usage: "a `TAG` that the caption does not have"},
			&urfave.BoolFlag{Name: "keep-source", Value: true, Usage: "publish the photo in its full size too"},
			&urfave.StringFlag{Name: "key", Usage: "any `WORD`: with the same one there is one post within 24 hours"},
		},
		Action: withClient(checkPost, post),
	}
}

func post(ctx context.Context, s *session, cl *client.Client) error {
	draft := client.Draft{Caption: s.c.String("m"), Tags: s.c.StringSlice("tag"), Key: s.c.String("key")}
	if draft.Key == "" {
		draft.Key = rand.Text()
	}
	uploaded, err := upload(ctx, s, cl)
	if err != nil {
		return err
	}
	for _, a := range uploaded {
		draft.Media = append(draft.Media, a.ID)
	}
	status, err := publish(ctx, s, cl, draft)
	if err != nil {
		return err
	}
	return s.posted(status, uploaded)
}

// checkPost refuses, before anything is sent, what the daemon would refuse after
// the photos went over.
func checkPost(s *session) error {
	files, alts := s.c.Args().Slice(), s.c.StringSlice("alt")
	switch n := record.Characters(s.c.String("m")); {
	case len(files) == 0:
		return usagef("name the photos: rossgram post PHOTO…")
	case len(files) > record.MaxPhotos:
		return usagef("a post has at most %d photos, not %d: make two posts", record.MaxPhotos, len(files))
	case len(alts) > len(files):
		return usagef("there are %d --alt for %d photos", len(alts), len(files))
	case n > record.MaxCaption:
		return content.Errorf("cli.post", content.TooLarge, fmt.Sprintf("the caption has %d characters: a post has at most %d", n, record.MaxCaption))
	}
	stdin := 0
	for _, f := range files {
		if f == "-" {
			stdin++
		}
	}
	if stdin > 1 || stdin == 1 && isTerminal(s.in) {
		return usagef("- is one photo that another program writes: some-program | rossgram post -")
	}
	return nil
}

// source is a photo to upload.
type source struct {
	name string
	file io.ReadCloser
	size int64 // -1 if not known
}

func openSource(s *session, path string) (source, error) {
	if path == "-" {
		return source{name: "standard input", file: io.NopCloser(s.in), size: -1}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return source{}, fileError(err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = usagef("%s is a folder: name the photos in it", path)
	}
	if err != nil {
		f.Close()
		return source{}, err
	}
	return source{name: filepath.Base(path), file: f, size: info.Size()}, nil
}

// upload sends the photos, a few at once, and returns them in their order.
func upload(ctx context.Context, s *session, cl *client.Client) ([]client.Attachment, error) {
	sources, total, err := openSources(s)
	if err != nil {
		return nil, err
	}
	progress := s.newBar(total, "uploading")
	defer progress.end()
	alts := s.c.StringSlice("alt")
	uploaded := make([]client.Attachment, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadsAtOnce)
	for i, src := range sources {
		group.Go(func() error {
			defer src.file.Close()
			u := client.Upload{Name: src.name, DropSource: !s.c.Bool("keep-source"), File: progress.reading(src.file)}
			if i < len(alts) {
				u.Alt = alts[i]
			}
			a, err := cl.Upload(ctx, u)
			if err != nil {
				return fmt.Errorf("%s: %w", src.name, err)
			}
			uploaded[i] = a
			return nil
		})
	}
	return uploaded, group.Wait()
}

// openSources opens all, so that a name that is mistyped is told before the
// first photo goes over.
func openSources(s *session) (sources []source, total int64, err error) {
	for _, path := range s.c.Args().Slice() {
		src, err := openSource(s, path)
		if err != nil {
			for _, o := range sources {
				o.file.Close()
			}
			return nil, 0, err
		}
		if sources = append(sources, src); src.size < 0 || total < 0 {
			total = -1
		} else {
			total += src.size
		}
	}
	return sources, total, nil
}

// publish posts. The key makes trying again safe, so a daemon that is restarted
// meanwhile, or busy, is waited for.
func publish(ctx context.Context, s *session, cl *client.Client, d client.Draft) (client.Status, error) {
	for attempt := 1; ; attempt++ {
		status, err := cl.Post(ctx, d)
		if err == nil || attempt == postAttempts || client.KindOf(err) != content.Unavailable {
			return status, err
		}
		s.tell("%s: trying again", oneLine(message(err)))
		select {
		case <-ctx.Done():
			return status, context.Cause(ctx)
		case <-time.After(postPause):
		}
		if again, err := s.client(); err == nil { // a daemon has another token after a restart
			defer again.Close()
			cl = again
		}
	}
}

func (s *session) posted(status client.Status, uploaded []client.Attachment) error {
	v := viewOf(status)
	for i, a := range uploaded {
		name := filepath.Base(s.c.Args().Get(i))
		if i < len(v.Photos) {
			v.Photos[i].File, v.Photos[i].Removed = name, a.Rossgram.Removed
		}
		if len(a.Rossgram.Removed) > 0 && !s.json {
			s.tell("%s: removed %s", oneLine(name), oneLine(strings.Join(a.Rossgram.Removed, ", ")))
		}
	}
	if s.json {
		return s.emit(v)
	}
	s.say("%s\n%s", v.URI, v.CID)
	return nil
}
