package mastodon

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/publish"
)

// An upload that is not posted yet is nobody's business but its owner's, so the
// gateway has not its files. Apps show it in an <img>, which sends no token;
// therefore the links in an answer to the owner carry a signature and an end.

// previewLifetime is how long a link to an upload is good; a later answer brings
// another.
const previewLifetime = time.Hour

// uploadLinks links to the renditions of an upload.
func (a *API) uploadLinks(base string, m publish.Media) links {
	expires := strconv.FormatInt(a.Now().Add(previewLifetime).Unix(), 10)
	signed := url.Values{"e": {expires}, "s": {a.signature(m.Owner.String(), m.ID.String(), expires)}}.Encode()
	return func(f record.File) string {
		if m.Photo.Source != nil && f.CID == m.Photo.Source.CID {
			return ""
		}
		return fmt.Sprintf("%s/media/%s/%s/%d?%s", base, m.Owner, m.ID, f.Width, signed)
	}
}

func (a *API) signature(owner, id, expires string) string {
	mac := hmac.New(sha256.New, a.previewKey[:])
	fmt.Fprintf(mac, "upload %s %s %s", owner, id, expires)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// preview answers with a rendition of an upload to whoever has the link.
func (a *API) preview(ctx context.Context, c *rest.Call) (any, error) {
	const op = "mastodon.preview"
	expires := c.Query().Get("e")
	want := a.signature(c.Path("owner"), c.Path("id"), expires)
	if !hmac.Equal([]byte(c.Query().Get("s")), []byte(want)) {
		return nil, content.Errorf(op, content.Permission, "the link to this upload is not right: ask for the upload again")
	}
	end, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || a.Now().Unix() > end {
		return nil, content.Errorf(op, content.Permission, "the link to this upload is too old: ask for the upload again")
	}
	owner, err := content.ParseAccountID(c.Path("owner"))
	if err != nil {
		return nil, err
	}
	id, err := publish.ParseMediaID(c.Path("id"))
	if err != nil {
		return nil, err
	}
	width, err := strconv.ParseUint(c.Path("width"), 10, 16)
	if err != nil {
		return nil, content.Errorf(op, content.NotFound, "there is no such picture")
	}
	b, err := a.Publish.MediaFile(ctx, owner, id, int(width))
	if err != nil {
		return nil, err
	}
	return writePicture(c, string(record.JPEG), "private, max-age=3600", b), nil
}
