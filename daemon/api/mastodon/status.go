package mastodon

import (
	"context"
	"net/url"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// Status is Mastodon's entity Status. Content is HTML.
type Status struct {
	ID                 string       `json:"id"` // [index.StatusID]
	URI                string       `json:"uri"`
	URL                string       `json:"url"`
	CreatedAt          Time         `json:"created_at"`
	EditedAt           Null         `json:"edited_at"`
	Account            Account      `json:"account"`
	Content            string       `json:"content"`
	Text               *string      `json:"text,omitempty"` // the caption, of a deleted post
	Visibility         string       `json:"visibility"`
	Sensitive          bool         `json:"sensitive"`
	SpoilerText        string       `json:"spoiler_text"`
	Language           *string      `json:"language"`
	MediaAttachments   []Attachment `json:"media_attachments"`
	Mentions           EmptyList    `json:"mentions"`
	Tags               []Tag        `json:"tags"`
	Emojis             EmptyList    `json:"emojis"`
	RepliesCount       int          `json:"replies_count"`
	ReblogsCount       int          `json:"reblogs_count"`
	FavouritesCount    int          `json:"favourites_count"`
	InReplyToID        Null         `json:"in_reply_to_id"`
	InReplyToAccountID Null         `json:"in_reply_to_account_id"`
	Reblog             Null         `json:"reblog"`
	Poll               Null         `json:"poll"`
	Card               Null         `json:"card"`
	Favourited         bool         `json:"favourited"`
	Reblogged          bool         `json:"reblogged"`
	Muted              bool         `json:"muted"`
	Bookmarked         bool         `json:"bookmarked"`
	Pinned             bool         `json:"pinned"`
	Filtered           EmptyList    `json:"filtered"`

	Rossgram RecordNames `json:"rossgram"`
}

// RecordNames is what a Status has of ours: the post's URI, and the CID of its
// record.
type RecordNames struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// Tag is Mastodon's entity Tag in a status.
type Tag struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Status returns the entity of a post; base is as of [API.Account].
func (a *API) Status(ctx context.Context, base string, e index.Entry) (Status, error) {
	list, err := a.Statuses(ctx, base, []index.Entry{e})
	if err != nil {
		return Status{}, err
	}
	return list[0], nil
}

// Statuses is [API.Status] of several, each author looked up once.
func (a *API) Statuses(ctx context.Context, base string, entries []index.Entry) ([]Status, error) {
	list := make([]Status, 0, len(entries))
	authors := make(map[content.AccountID]Account)
	for _, e := range entries {
		author, ok := authors[e.Author]
		if !ok {
			of, err := a.author(ctx, e.Author)
			if err != nil {
				return nil, err
			}
			author = a.Account(base, of)
			authors[e.Author] = author
		}
		list = append(list, a.status(base, author, e))
	}
	return list, nil
}

// author returns an account of which nothing may be known any more: what it said
// can be dropped between reading a timeline and looking up who said it.
func (a *API) author(ctx context.Context, id content.AccountID) (index.Account, error) {
	of, err := a.Index.Account(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return index.Account{ID: id, Num: index.NumberOf(id)}, nil
	}
	return of, err
}

// status returns the entity of a post. Its uri is a web address as its url is,
// because apps parse it as one, which ours is not: its host would be "did".
func (a *API) status(base string, author Account, e index.Entry) Status {
	page := author.URL + "/" + e.ID.String()
	s := Status{
		ID: e.ID.String(), URI: page, URL: page, CreatedAt: Time(e.ID.Time()), Account: author,
		Content: hypertext(base, e.Post.Caption), Visibility: "public",
		Sensitive: e.Post.Sensitive, SpoilerText: e.Post.Spoiler, Language: text(e.Post.Lang),
		MediaAttachments: make([]Attachment, 0, len(e.Post.Photos)), Tags: []Tag{},
		Rossgram: RecordNames{URI: e.URI.String(), CID: e.CID.String()},
	}
	atGateway := func(f record.File) string { return a.fileURL(base, f) }
	for i, p := range e.Post.Photos {
		s.MediaAttachments = append(s.MediaAttachments, attachment(attachmentID(e.ID, i), p, atGateway))
	}
	for _, t := range e.Post.Tags {
		s.Tags = append(s.Tags, Tag{t, tagURL(base, t)})
	}
	return s
}

func tagURL(base, tag string) string { return base + "/tags/" + url.PathEscape(tag) }
