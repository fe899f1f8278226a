package client

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Upload is a photo to upload.
type Upload struct {
	Name       string // as the user knows the file; it is not published
	Alt        string // what the picture shows, in words
	DropSource bool   // publish the renditions only
	File       io.Reader
}

// Upload sends a photo and waits until the daemon has made its renditions. The
// file is streamed: no more than a buffer of it is in memory.
func (c *Client) Upload(ctx context.Context, u Upload) (Attachment, error) {
	var a Attachment
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	written := make(chan struct{})
	go func() {
		defer close(written)
		w.CloseWithError(u.write(form))
	}()
	err := c.call(ctx, request{
		method: http.MethodPost, path: "/api/v2/media", body: r,
		contentType: form.FormDataContentType(),
	}, &a)
	r.CloseWithError(io.ErrClosedPipe) // an early refusal ends the writer
	<-written
	return a, err
}

func (u Upload) write(form *multipart.Writer) error {
	fields := []struct{ name, value string }{
		{"description", u.Alt},
		{"keep_source", strconv.FormatBool(!u.DropSource)},
	}
	for _, f := range fields {
		if err := form.WriteField(f.name, f.value); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", u.Name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, u.File); err != nil {
		return err
	}
	return form.Close()
}

// Photo opens a photo's file; the daemon fetches it from peers, for at most a
// time, if it does not have it. The caller closes it. Size is -1 if unknown.
func (c *Client) Photo(ctx context.Context, cid string, wait time.Duration) (body io.ReadCloser, size int64, err error) {
	res, err := c.do(ctx, request{
		method: http.MethodGet, path: Ours + "photos/" + url.PathEscape(cid),
		query: url.Values{"timeout": {seconds(wait)}},
	})
	if err != nil {
		return nil, 0, err
	}
	return res.Body, res.ContentLength, nil
}
