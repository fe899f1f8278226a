package mastodon

import (
	"net/url"

	"rossgram.app/content/record"
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
	Mentions           []Mention    `json:"mentions"`
	Tags               []Tag        `json:"tags"`
	Emojis             EmptyList    `json:"emojis"`
	RepliesCount       int          `json:"replies_count"`
	ReblogsCount       int          `json:"reblogs_count"`
	FavouritesCount    int          `json:"favourites_count"`
	InReplyToID        *string      `json:"in_reply_to_id"`
	InReplyToAccountID *string      `json:"in_reply_to_account_id"`
	Reblog             *Status      `json:"reblog"`
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

// RecordNames is what a Status has of ours: the URI of the post or the comment, and
// the CID of its record.
type RecordNames struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
	// Pending says of a comment that the post's author has not listed it yet.
	Pending bool `json:"pending,omitempty"`
}

// Mention is Mastodon's entity Mention.
type Mention struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	URL      string `json:"url"`
	Acct     string `json:"acct"`
}

// Tag is Mastodon's entity Tag in a status.
type Tag struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// status returns the entity of a post or a comment by itself, which mentions people.
// Its uri is a web address as its url is, because apps parse it as one, which ours is
// not: its host would be "did".
func (a *API) status(base string, author Account, people []Account, i Item) Status {
	id := i.own()
	page := author.URL + "/" + id.String()
	s := Status{
		ID: id.String(), URI: page, URL: page, CreatedAt: Time(id.Time()), Account: author, Visibility: "public",
		MediaAttachments: []Attachment{}, Mentions: []Mention{}, Tags: []Tag{},
		Rossgram: RecordNames{URI: i.URI.String(), CID: i.CID.String()},
	}
	for _, p := range people {
		s.Mentions = append(s.Mentions, Mention{p.ID, p.Username, p.URL, p.Acct})
	}
	l := linker{base, people}
	if i.Comment != nil {
		s.Rossgram.Pending = i.Comment.Pending
		s.say(l, i.Comment.Comment)
	} else {
		a.show(&s, l, i)
	}
	return s
}

// show puts a post into its entity.
func (a *API) show(s *Status, l linker, i Item) {
	s.Content, s.SpoilerText, s.Language = l.text(i.Post.Caption), i.Post.Spoiler, text(i.Post.Lang)
	s.Sensitive = i.Post.Sensitive
	s.tag(l.base, i.Post.Tags)
	atGateway := func(f record.File) string { return a.fileURL(l.base, f) }
	for n, p := range i.Post.Photos {
		s.MediaAttachments = append(s.MediaAttachments, attachment(attachmentID(i.own(), n), p, atGateway))
	}
}

// say puts a comment into its entity.
func (s *Status) say(l linker, c *record.Comment) {
	s.Content, s.SpoilerText, s.Language = l.text(c.Text), c.Spoiler, text(c.Lang)
	s.Sensitive = c.Spoiler != ""
	s.tag(l.base, c.Tags)
}

func (s *Status) tag(base string, tags []string) {
	for _, t := range tags {
		s.Tags = append(s.Tags, Tag{t, tagURL(base, t)})
	}
}

func tagURL(base, tag string) string { return base + "/tags/" + url.PathEscape(tag) }
