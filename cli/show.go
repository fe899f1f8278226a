package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

var noPictures = &urfave.BoolFlag{Name: "no-pictures", Usage: "text only"}

func showCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "show",
		Usage:     "show a post or a comment and what was said to it, or save its photos",
		ArgsUsage: "POST",
		Description: "POST is an rg: URI, a status id or a web link. Photos are saved in full size\n" +
			"where the author published it.",
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "save", Usage: "save the photos in `DIR`"},
			noPictures,
		},
		Action: withClient(oneArg("post"), show),
	}
}

func show(ctx context.Context, s *session, cl *client.Client) error {
	status, err := cl.Status(ctx, s.arg())
	if err != nil {
		return err
	}
	v := viewOf(status)
	if dir := s.c.String("save"); dir != "" {
		return savePhotos(ctx, s, cl, v, dir)
	}
	t, err := viewThread(ctx, cl, v)
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(t)
	}
	t.printAbove(s)
	t.print(s, s.album(ctx, cl))
	for _, p := range v.Photos {
		if f, ok := p.best(); ok {
			s.say("%s %s %s", f.CID, f.Type, size(f.Size))
		}
	}
	t.printBelow(s)
	return nil
}

// extensions are the media types of photos (package record).
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic", "image/avif": ".avif",
}

// saved is what show --save prints of each file.
type saved struct {
	File  string `json:"file"`
	CID   string `json:"cid"`
	Bytes int64  `json:"bytes"`
}

func savePhotos(ctx context.Context, s *session, cl *client.Client, v postView, dir string) error {
	uri, err := content.ParseURI(v.URI)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fileError(err)
	}
	files := []saved{}
	for i, p := range v.Photos {
		f, ok := p.best()
		if !ok {
			continue
		}
		name := fmt.Sprintf("%s-%d%s", uri.Path.RecordKey(), i+1, extensions[f.Type])
		path := filepath.Join(dir, filepath.Base(name)) // the record key is the author's
		n, err := s.save(ctx, cl, f.CID, path)
		if err != nil {
			return err
		}
		files = append(files, saved{path, f.CID, n})
		if !s.json {
			s.say("%s", path)
		}
	}
	if s.json {
		return s.emit(files)
	}
	return nil
}
