package mirror

import (
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
	pb "github.com/libp2p/go-libp2p/core/crypto/pb"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
)

// Post names one version of a post: its TID and its record.
type Post struct {
	TID    content.TID
	Record cid.Cid
}

// Level is how much of a post a node holds.
type Level uint8

// The levels, each with all below it.
const (
	Nothing    Level = iota
	Records          // the record: caption, blurhashes, links
	Renditions       // the photos in the sizes that are shown
	Whole            // the full-size photos too
)

var levelNames = [...]string{"nothing", "records", "renditions", "whole"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// MarshalText is [Level.String].
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Receipt is a node's signed word that it holds posts. It proves who said it and
// when, not that it was true: see [Speaker.Sums].
type Receipt struct {
	Node    peer.ID
	Account content.AccountID
	Version content.Version // of the account, as the node holds it
	Time    time.Time       // to the second
	Posts   []Post
	Levels  []Level // of each post
	Sig     []byte
}

// statement is a receipt as it is signed (without sig) and kept.
type statement struct {
	Node    []byte `cbor:"node"`
	Account []byte `cbor:"account"`
	Epoch   uint64 `cbor:"epoch"`
	Rev     uint64 `cbor:"rev"`
	Time    int64  `cbor:"time"`
	Posts   []post `cbor:"posts"`
	Levels  []byte `cbor:"levels"`
	Sig     []byte `cbor:"sig,omitempty"`
}

// post is the TID as a number and the record's CID.
type post struct {
	_      struct{} `cbor:",toarray"`
	TID    uint64
	Record dagcbor.Link
}

func (r Receipt) statement() statement {
	s := statement{
		Node: []byte(r.Node), Account: r.Account[:], Epoch: uint64(r.Version.Epoch), Rev: uint64(r.Version.Rev),
		Time: r.Time.Unix(), Posts: postsOf(r.Posts), Levels: make([]byte, len(r.Levels)),
	}
	for i, l := range r.Levels {
		s.Levels[i] = byte(l)
	}
	return s
}

func postsOf(list []Post) []post {
	posts := make([]post, len(list))
	for i, p := range list {
		posts[i] = post{TID: uint64(p.TID), Record: dagcbor.Link{Cid: p.Record}}
	}
	return posts
}

// sign signs a receipt with the node's key.
func (r *Receipt) sign(key crypto.PrivKey) error {
	message, err := dagcbor.Marshal(r.statement())
	if err == nil {
		r.Sig, err = key.Sign(keys.DomainReceipt.Message(message))
	}
	return err
}

// Verify reports whether a receipt is the node's own. The node's key is in its
// peer ID, which only those of Ed25519 keys hold.
func (r Receipt) Verify() error {
	const op = "mirror.Receipt"
	message, err := dagcbor.Marshal(r.statement())
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	key, err := r.Node.ExtractPublicKey()
	if err != nil || key.Type() != pb.KeyType_Ed25519 {
		return content.Errorf(op, content.Invalid, "the node's ID holds no Ed25519 key")
	}
	raw, err := key.Raw()
	if err != nil || !keys.Verify(raw, keys.DomainReceipt, message, r.Sig) {
		return content.Errorf(op, content.Invalid, "the receipt is not signed by the node")
	}
	return nil
}

// Encode returns a receipt's DAG-CBOR, the signature included.
func (r Receipt) Encode() ([]byte, error) {
	s := r.statement()
	s.Sig = r.Sig
	return dagcbor.Marshal(s)
}

// DecodeReceipt reads what [Receipt.Encode] writes, and verifies it.
func DecodeReceipt(b []byte) (Receipt, error) {
	const op = "mirror.DecodeReceipt"
	if len(b) > maxMessage {
		return Receipt{}, content.Errorf(op, content.TooLarge, "receipt over the limit")
	}
	var s statement
	if err := dagcbor.UnmarshalStrict(b, &s); err != nil {
		return Receipt{}, content.E(op, content.Invalid, err)
	}
	r, err := s.open()
	if err == nil {
		err = r.Verify()
	}
	if err != nil {
		return Receipt{}, content.E(op, content.Invalid, err)
	}
	return r, nil
}

func (s statement) open() (Receipt, error) {
	const op = "mirror.statement"
	node, err := peer.IDFromBytes(s.Node)
	if err != nil {
		return Receipt{}, content.E(op, content.Invalid, err)
	}
	posts, err := openPosts(s.Posts)
	if err != nil {
		return Receipt{}, err
	}
	levels, err := openLevels(s.Levels, len(posts))
	if err != nil {
		return Receipt{}, err
	}
	if len(s.Account) != len(content.AccountID{}) || s.Epoch > 1<<32-1 || s.Rev > 1<<63-1 || s.Time < 0 || s.Time > 1<<40 {
		return Receipt{}, content.Errorf(op, content.Invalid, "a receipt out of range")
	}
	return Receipt{
		Node: node, Account: content.AccountID(s.Account),
		Version: content.Version{Epoch: content.Epoch(s.Epoch), Rev: content.TID(s.Rev)},
		Time:    time.Unix(s.Time, 0).UTC(), Posts: posts, Levels: levels, Sig: s.Sig,
	}, nil
}

// openPosts reads posts, which are named in the order of their TIDs.
func openPosts(list []post) ([]Post, error) {
	const op = "mirror.posts"
	if len(list) > MaxPosts {
		return nil, content.Errorf(op, content.TooLarge, "too many posts")
	}
	posts := make([]Post, len(list))
	for i, p := range list {
		if p.TID > 1<<63-1 || i > 0 && p.TID <= list[i-1].TID {
			return nil, content.Errorf(op, content.Invalid, "posts are out of order")
		}
		if err := content.CheckCID(p.Record.Cid); err != nil {
			return nil, err
		}
		posts[i] = Post{content.TID(p.TID), p.Record.Cid}
	}
	return posts, nil
}

func openLevels(b []byte, n int) ([]Level, error) {
	if len(b) != n {
		return nil, content.Errorf("mirror.levels", content.Invalid, "a receipt has a level for each post")
	}
	levels := make([]Level, n)
	for i, l := range b {
		if levels[i] = Level(l); levels[i] > Whole {
			return nil, content.Errorf("mirror.levels", content.Invalid, "a level that is none")
		}
	}
	return levels, nil
}
