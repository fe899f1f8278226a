package mastodon

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rossgram.app/content"
	"rossgram.app/content/record"
	"rossgram.app/daemon/index"
)

// Account is Mastodon's entity Account. Note and the values of fields are HTML.
type Account struct {
	ID             string    `json:"id"` // [index.AccountNum]
	Username       string    `json:"username"`
	Acct           string    `json:"acct"`
	URL            string    `json:"url"`
	URI            string    `json:"uri"`
	DisplayName    string    `json:"display_name"`
	Note           string    `json:"note"`
	Avatar         string    `json:"avatar"`
	AvatarStatic   string    `json:"avatar_static"`
	Header         string    `json:"header"`
	HeaderStatic   string    `json:"header_static"`
	Locked         bool      `json:"locked"`
	Bot            bool      `json:"bot"`
	Group          bool      `json:"group"`
	Discoverable   bool      `json:"discoverable"`
	Indexable      bool      `json:"indexable"`
	NoIndex        bool      `json:"noindex"`
	Fields         []Field   `json:"fields"`
	Emojis         EmptyList `json:"emojis"`
	Roles          EmptyList `json:"roles"`
	CreatedAt      Time      `json:"created_at"`
	LastStatusAt   *string   `json:"last_status_at"` // a date
	StatusesCount  int       `json:"statuses_count"`
	FollowersCount int       `json:"followers_count"`
	FollowingCount int       `json:"following_count"`

	Source *Source `json:"source,omitempty"` // of one's own account
	Role   *Role   `json:"role,omitempty"`

	Rossgram AccountNames `json:"rossgram"`
}

// AccountNames is what an Account has of ours.
type AccountNames struct {
	DID         string `json:"did"`
	Fingerprint string `json:"fingerprint"`
}

// Field is a labelled line of a profile.
type Field struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	VerifiedAt Null   `json:"verified_at"`
}

// Account returns the entity of an account; base is where the caller reaches
// this node ([rest.Call]). An account whose profile is not known yet goes by its
// fingerprint.
func (a *API) Account(base string, of index.Account) Account {
	p := of.Profile
	if p == nil {
		p = &record.Profile{Name: of.ID.Fingerprint()[:8]}
	}
	did, name := of.ID.String(), username(of)
	acct := acctOf(name, of)
	page := base + "/@" + url.PathEscape(acct)
	e := Account{
		ID: of.Num.String(), Username: name, Acct: acct,
		URL: page, URI: did, DisplayName: p.Name, Note: hypertext(base, p.Bio),
		Avatar: a.profilePicture(base, of, avatar), Header: a.profilePicture(base, of, header),
		Discoverable: true, Fields: []Field{},
		CreatedAt:     Time(time.Unix(max(0, of.Created.Unix()), 0).Truncate(24 * time.Hour)),
		StatusesCount: of.Posts, FollowersCount: of.Followers, FollowingCount: of.Following,
		Rossgram: AccountNames{DID: did, Fingerprint: of.ID.Fingerprint()},
	}
	e.AvatarStatic, e.HeaderStatic = e.Avatar, e.Header
	if !of.LastPost.IsZero() {
		e.LastStatusAt = text(of.LastPost.UTC().Format(time.DateOnly))
	}
	for _, f := range p.Fields {
		e.Fields = append(e.Fields, Field{Name: f.Name, Value: hyperline(base, f.Value)})
	}
	return e
}

// Acct returns the name by which people and apps mention an account:
// username@fingerprint.
func Acct(of index.Account) string { return acctOf(username(of), of) }

func acctOf(username string, of index.Account) string { return username + "@" + of.ID.Fingerprint() }

// maxUsername is Mastodon's limit.
const maxUsername = 30

// username returns a form of the account's name that apps take for one:
// Mastodon's are of ASCII letters, digits and _, with - and . inside. A name with
// none of them is replaced by the first half of the fingerprint.
func username(of index.Account) string {
	var b strings.Builder
	if of.Profile != nil {
		for _, r := range norm.NFKD.String(of.Profile.Name) {
			switch {
			case inUsername(r):
				b.WriteRune(r)
			case !unicode.Is(unicode.Mn, r) && !strings.HasSuffix(b.String(), "_"):
				b.WriteByte('_')
			}
			if b.Len() == maxUsername {
				break
			}
		}
	}
	if name := strings.Trim(b.String(), "_.-"); name != "" {
		return name
	}
	return of.ID.Fingerprint()[:content.FingerprintLen/2]
}

func inUsername(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.'
}

// role is what a picture of a profile is for.
type role string

const (
	avatar role = "avatar"
	header role = "header"
)

// The widths in pixels in which pictures of profiles are shown at most.
const (
	avatarWidth = 400
	headerWidth = 1080
)

// profilePicture links to a picture of the profile, or to a drawn one.
func (a *API) profilePicture(base string, of index.Account, r role) string {
	photo, width := (*record.Photo)(nil), avatarWidth
	if of.Profile != nil {
		photo = of.Profile.Avatar
	}
	if r == header {
		photo, width = nil, headerWidth
		if of.Profile != nil {
			photo = of.Profile.Header
		}
	}
	if photo == nil {
		return base + "/pictures/" + string(r) + "/" + of.Num.String() + ".png"
	}
	return a.fileURL(base, atLeast(width, photo.Renditions))
}

// atLeast returns the narrowest of some renditions, in ascending width, that is
// so wide, or else the widest.
func atLeast(width int, renditions []record.File) record.File {
	for _, f := range renditions {
		if f.Width >= width {
			return f
		}
	}
	return renditions[len(renditions)-1]
}

// fileURL links to a file at the gateway.
func (a *API) fileURL(base string, f record.File) string {
	return base + "/ipfs/" + f.CID.String() + "?k=" + url.QueryEscape(a.GatewayKey)
}
