package index

import (
	"encoding/binary"
	"slices"

	"rossgram.app/content"
)

// The layout of the index. Numbers are big-endian; an account is the 32 bytes of
// its key, an id is a [StatusID], a digest the SHA-256 of a record.
//
//	z                            → format
//	V viewer                     → ""                      whose home is complete
//	a account                    → accountState
//	n num account                → ""                      by AccountNum
//	g fingerprint(10) account    → ""                      by fingerprint
//	q name 00 account            → ""                      by folded name and its later words
//	u author tid                 → id                      a post's id
//	s id                         → author tid digest       a post by id
//	p author id                  → author tid digest       posts of an account
//	h viewer id                  → author tid digest       home timelines
//	w author tid                 → digest                  posts dated in the future
//	f actor subject              → ""                      following
//	F subject actor              → ""                      followers
//	k actor rkey                 → subject                 which follow a record key is
//
// Responses. A ref is a [statusRef]: author tid, and for what is no post a letter more;
// a subject is author tid and a letter, p for a post and c for a comment.
//
//	u ref                        → id                      also of comments and reblogs
//	s id                         → author tid c            a comment by id
//	s id, R actor id, h viewer id → reblogEntry            a reblog
//	y actor letter rkey          → subject reaction        likes (l) and reblogs (r) by record
//	l, r subject actor           → reaction                likes, reblogs of a subject
//	L actor id subject           → ""                      likes of an account
//	W actor rkey                 → ""                      reblogs dated in the future
//	O actor tid                  → author tid digest       comments of an account, and the post
//	o author tid actor tid       → digest                  comments on a post
//	c author tid tid actor       → digest id record        comments that a post's author lists
//	x actor tid author tid       → ""                      where a comment is listed
//	e author tid                 → digest pages            responses of a post, and pagesSum of
//	                                                       what is entered of their pages
//	E author tid                 → ""                      responses of which pages are missing
//	t subject                    → tally
//	N viewer id identity         → at notice               notifications
//	j actor path                 → viewers                 whom a record notifies
//
// In the precious state, only for what had to move to another id:
//
//	m ref                        → id
//	i id                         → ref
//
// and of notifications, see note.go:
//
//	n viewer identity            → at flags notice
//	o viewer at identity         → ""
//	f viewer                     → at
//	r viewer                     → id
const (
	tagViewer      = 'V'
	tagAccount     = 'a'
	tagNum         = 'n'
	tagFingerprint = 'g'
	tagName        = 'q'
	tagURI         = 'u'
	tagStatus      = 's'
	tagPosts       = 'p'
	tagHome        = 'h'
	tagWaiting     = 'w'
	tagFollowing   = 'f'
	tagFollowers   = 'F'
	tagFollowKey   = 'k'

	tagReactionKey = 'y'
	tagLiked       = 'l'
	tagReblogged   = 'r'
	tagLikes       = 'L'
	tagReblogs     = 'R'
	tagLater       = 'W'
	tagSaid        = 'O'
	tagSaidOn      = 'o'
	tagListed      = 'c'
	tagListedOn    = 'x'
	tagResponses   = 'e'
	tagLacking     = 'E'
	tagTally       = 't'
	tagNotice      = 'N'
	tagNotifies    = 'j'

	tagMoved = 'm'
	tagTaken = 'i'
)

// format is the version of the layout.
const format = "3"

var formatKey = []byte{'z'}

const (
	accountLen = len(content.AccountID{})
	digestLen  = 32
	refLen     = accountLen + 8
)

// postRef names a post: its author and TID, which are the same on every node.
type postRef struct {
	author content.AccountID
	tid    content.TID
}

func (r postRef) bytes() []byte {
	return binary.BigEndian.AppendUint64(slices.Clone(r.author[:]), uint64(r.tid))
}

func (r postRef) uri() content.URI {
	return content.URI{Account: r.author, Path: content.NewPath(content.CollectionPost, r.tid.String())}
}

// postEntry is a post as timelines list it.
type postEntry struct {
	postRef
	digest [digestLen]byte
}

func (e postEntry) bytes() []byte { return append(e.postRef.bytes(), e.digest[:]...) }

func parseEntry(b []byte) (postEntry, error) {
	var e postEntry
	if len(b) != refLen+digestLen {
		return e, damaged("index.parseEntry")
	}
	e.postRef = parseRef(b)
	copy(e.digest[:], b[refLen:])
	return e, nil
}

// parseRef reads what [postRef.bytes] writes, of the right length.
func parseRef(b []byte) postRef {
	return postRef{content.AccountID(b[:accountLen]), content.TID(binary.BigEndian.Uint64(b[accountLen:refLen]))}
}

// damaged is the error of a value that can't be read.
func damaged(op string) error {
	return content.Errorf(op, content.Corrupt, "a damaged entry; build the index anew with rossgram reindex")
}

// key joins a tag and the parts behind it.
func key(tag byte, parts ...[]byte) []byte { return append([]byte{tag}, slices.Concat(parts...)...) }

func accountKey(a content.AccountID) []byte { return key(tagAccount, a[:]) }

func uriKey(r statusRef) []byte { return key(tagURI, r.bytes()) }

func waitingKey(r postRef) []byte { return key(tagWaiting, r.bytes()) }

func statusKey(id StatusID) []byte { return key(tagStatus, id.bytes()) }

func postsKey(author content.AccountID, id StatusID) []byte {
	return key(tagPosts, author[:], id.bytes())
}

func homeKey(viewer content.AccountID, id StatusID) []byte {
	return key(tagHome, viewer[:], id.bytes())
}

func pairKey(tag byte, a, b content.AccountID) []byte { return key(tag, a[:], b[:]) }

func followKey(actor content.AccountID, rkey string) []byte {
	return key(tagFollowKey, actor[:], []byte(rkey))
}

// lastAccount returns the account at the end of a key.
func lastAccount(key []byte) content.AccountID {
	return content.AccountID(key[len(key)-accountLen:])
}

// lastID returns the id at the end of a key.
func lastID(key []byte) StatusID {
	return StatusID(binary.BigEndian.Uint64(key[len(key)-8:]))
}
