package index

import (
	"crypto/sha256"
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// NotificationType says what a notification is about.
type NotificationType string

// The types of notifications.
const (
	NotifyFollow  NotificationType = "follow"  // the actor follows the account
	NotifyLike    NotificationType = "like"    // likes a post or a comment of the account
	NotifyReblog  NotificationType = "reblog"  // reblogged one
	NotifyComment NotificationType = "comment" // commented on a post, or answered a comment
	NotifyMention NotificationType = "mention" // mentions the account in a post, a comment, or the words of a reblog
	NotifyTag     NotificationType = "tag"     // says that a photo shows the account
)

// notificationTypes gives each type the number that it is kept as.
var notificationTypes = []NotificationType{NotifyFollow, NotifyLike, NotifyReblog, NotifyComment, NotifyMention, NotifyTag}

// notice is what a record has to say to somebody.
type notice struct {
	to      content.AccountID
	kind    NotificationType
	actor   content.AccountID
	path    content.Path
	status  subjectRef  // the post or comment to be shown with it; of kind 0 for a follow
	claimed record.Time // when it was, as the actor says
}

// bytes is all but to whom, and when.
func (n notice) bytes() []byte {
	b := append([]byte{byte(slices.Index(notificationTypes, n.kind))}, n.status.bytes()...)
	return append(append(b, n.actor[:]...), n.path...)
}

func parseNotice(to content.AccountID, b []byte) (n notice, err error) {
	const fixed = 1 + subjectLen + accountLen
	if len(b) < fixed || int(b[0]) >= len(notificationTypes) {
		return n, damaged("index.parseNotice")
	}
	return notice{
		to: to, kind: notificationTypes[b[0]], status: parseSubject(b[1:]),
		actor: content.AccountID(b[1+subjectLen : fixed]), path: content.Path(b[fixed:]),
	}, nil
}

// identity names what a notification is of: one record tells one account one thing.
type identity [16]byte

func (n notice) identity() identity { return identityOf(n.to, n.actor, n.path) }

func identityOf(to, actor content.AccountID, path content.Path) identity {
	h := sha256.New()
	for _, part := range [][]byte{[]byte("rossgram/1/notification"), to[:], actor[:], []byte(path)} {
		h.Write(part)
	}
	return identity(h.Sum(nil)[:16])
}

// noticesOf returns what a record says to others. Whoever is there several times is
// told the first.
func noticesOf(actor content.AccountID, path content.Path, r record.Record) []notice {
	l := noticeList{actor: actor, path: path}
	if tid, err := content.ParseTID(path.RecordKey()); err == nil {
		l.claimed = record.TimeOf(tid.Time())
	}
	own, _ := subjectOf(content.URI{Account: actor, Path: path})
	switch r := r.(type) {
	case *record.Follow:
		l.claimed = r.Created
		l.tell(NotifyFollow, subjectRef{}, r.Subject)
	case *record.Like:
		l.claimed = r.Created
		s, _ := subjectOf(r.Subject.URI())
		l.tell(NotifyLike, s, r.Subject.Account)
	case *record.Reblog:
		l.claimed = r.Created
		s, _ := subjectOf(r.Subject.URI())
		l.tell(NotifyReblog, s, r.Subject.Account)
		l.tell(NotifyMention, s, r.Mentions...)
	case *record.Comment:
		l.tell(NotifyComment, own, r.Post.Account)
		if r.Parent != nil {
			l.tell(NotifyComment, own, r.Parent.Account)
		}
		l.tell(NotifyMention, own, r.Mentions...)
	case *record.Post:
		l.tell(NotifyMention, own, r.Mentions...)
		for _, p := range r.Photos {
			for _, shown := range p.People {
				l.tell(NotifyTag, own, shown.Account)
			}
		}
	}
	return l.list
}

type noticeList struct {
	actor   content.AccountID
	path    content.Path
	claimed record.Time
	list    []notice
}

func (l *noticeList) tell(kind NotificationType, status subjectRef, to ...content.AccountID) {
	for _, a := range to {
		told := slices.ContainsFunc(l.list, func(n notice) bool { return n.to == a })
		if a != l.actor && !told {
			l.list = append(l.list, notice{a, kind, l.actor, l.path, status, l.claimed})
		}
	}
}
