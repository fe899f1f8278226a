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
// In the precious state, only for posts whose id had to move:
//
//	m author tid                 → id
//	i id                         → author tid
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

	tagMoved = 'm'
	tagTaken = 'i'
)

// format is the version of the layout.
const format = "2"

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
		return e, content.Errorf("index.parseEntry", content.Corrupt, "a damaged entry; build the index anew with rossgram reindex")
	}
	copy(e.author[:], b)
	e.tid = content.TID(binary.BigEndian.Uint64(b[accountLen:]))
	copy(e.digest[:], b[refLen:])
	return e, nil
}

// key joins a tag and the parts behind it.
func key(tag byte, parts ...[]byte) []byte { return append([]byte{tag}, slices.Concat(parts...)...) }

func accountKey(a content.AccountID) []byte { return key(tagAccount, a[:]) }

func uriKey(r postRef) []byte { return key(tagURI, r.bytes()) }

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
