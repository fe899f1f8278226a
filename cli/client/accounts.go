package client

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
)

// Account is an account as Mastodon's API shows it, with our additions. Note is
// HTML.
type Account struct {
	ID             string `json:"id"`
	Username       string `json:"username"`
	Acct           string `json:"acct"`
	DisplayName    string `json:"display_name"`
	Note           string `json:"note"`
	URL            string `json:"url"`
	Avatar         string `json:"avatar"`
	StatusesCount  int    `json:"statuses_count"`
	FollowersCount int    `json:"followers_count"`
	FollowingCount int    `json:"following_count"`
	Rossgram       struct {
		DID         string `json:"did"`
		Fingerprint string `json:"fingerprint"`
	} `json:"rossgram"`
}

// Me returns the account that the token belongs to.
func (c *Client) Me(ctx context.Context) (Account, error) {
	var a Account
	return a, c.get(ctx, "/api/v1/accounts/verify_credentials", nil, &a)
}

// Account returns who is meant by an invite, a DID, name@fingerprint or a name
// that only one account known here has.
func (c *Client) Account(ctx context.Context, who string) (Account, error) {
	var a Account
	return a, c.get(ctx, Ours+"accounts/resolve", url.Values{"who": {who}}, &a)
}

// Posts returns an account's newest posts, at most 40.
func (c *Client) Posts(ctx context.Context, accountID string, limit int) ([]Status, error) {
	var s []Status
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	return s, c.get(ctx, "/api/v1/accounts/"+url.PathEscape(accountID)+"/statuses", q, &s)
}

// ProfileChange is what to change of one's own profile; nil stays as it is.
type ProfileChange struct {
	Name   *string
	Bio    *string
	Avatar io.Reader
}

// UpdateProfile changes one's own profile.
func (c *Client) UpdateProfile(ctx context.Context, change ProfileChange) (Account, error) {
	var a Account
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := change.write(form); err != nil {
		return a, err
	}
	return a, c.call(ctx, request{
		method: http.MethodPatch, path: "/api/v1/accounts/update_credentials",
		body: &body, contentType: form.FormDataContentType(),
	}, &a)
}

func (p ProfileChange) write(form *multipart.Writer) error {
	for name, value := range map[string]*string{"display_name": p.Name, "note": p.Bio} {
		if value == nil {
			continue
		}
		if err := form.WriteField(name, *value); err != nil {
			return err
		}
	}
	if p.Avatar != nil {
		part, err := form.CreateFormFile("avatar", "avatar")
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, p.Avatar); err != nil {
			return err
		}
	}
	return form.Close()
}
