package mirror

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/wire"
)

// Wish tells a connected peer what the owner of an account asks of it, signed by
// the account's writer; w.Node and w.Time are filled in. Saying it again is
// harmless, and how one learns what the peer has decided. Errors are of kind
// Unavailable if the peer could not answer (ask again later), NotFound if it does
// not speak the protocol, and Invalid if it refused the message or its answer was
// wrong.
func (s *Speaker) Wish(ctx context.Context, p peer.ID, key keys.WriterKey, w Wish) (Answer, error) {
	const op = "mirror.Wish"
	w.Node, w.Time = p, s.now()
	signed, err := w.sign(key)
	if err != nil {
		return Answer{}, content.E(op, content.Invalid, err)
	}
	r, err := s.ask(ctx, p, request{Wish: signed})
	if err != nil {
		return Answer{}, content.E(op, content.Other, err)
	}
	if r.Wish == nil {
		return Answer{}, content.E(op, content.Invalid, errUnexpected)
	}
	a, err := r.Wish.open()
	if err != nil {
		return Answer{}, content.E(op, content.Other, err)
	}
	return a, nil
}

// Changed tells a connected peer that this node has decided about an account. Its
// errors are as of [Speaker.Wish].
func (s *Speaker) Changed(ctx context.Context, p peer.ID, account content.AccountID) error {
	r, err := s.ask(ctx, p, request{Changed: &changedRequest{account[:]}})
	if err == nil && r.Changed == nil {
		err = errUnexpected
	}
	if err != nil {
		return content.E("mirror.Changed", content.Other, err)
	}
	return nil
}

// Receipt asks a connected peer which of at most [MaxPosts] posts of an account it
// holds, in the order of their TIDs, none twice. Errors are as of [Speaker.Wish],
// and NotFound if it does not hold the account.
func (s *Speaker) Receipt(ctx context.Context, p peer.ID, account content.AccountID, posts []Post) (Receipt, error) {
	const op = "mirror.Receipt"
	q := receiptRequest{account[:], postsOf(posts)}
	if _, err := openPosts(q.Posts); err != nil {
		return Receipt{}, content.E(op, content.Invalid, err)
	}
	r, err := s.ask(ctx, p, request{Receipt: &q})
	if err != nil {
		return Receipt{}, content.E(op, content.Other, err)
	}
	if r.Receipt == nil {
		return Receipt{}, content.E(op, content.Invalid, errUnexpected)
	}
	said := statement{
		Node: []byte(p), Account: account[:], Epoch: r.Receipt.Epoch, Rev: r.Receipt.Rev,
		Time: r.Receipt.Time, Posts: q.Posts, Levels: r.Receipt.Levels, Sig: r.Receipt.Sig,
	}
	receipt, err := said.open()
	if err == nil {
		err = receipt.Verify()
	}
	if err == nil && !wire.Near(receipt.Time, s.now()) {
		err = content.Errorf(op, content.Invalid, "the receipt is not of now: one of the two clocks is wrong")
	}
	if err != nil {
		return Receipt{}, content.E(op, content.Other, err)
	}
	return receipt, nil
}

// Sample asks a connected peer to prove that it has at most [MaxSamples] blocks,
// whose bytes the caller has, and reports whether it does. It shows that the peer
// could get at the bytes while it answered; not that they are on its own disk, nor
// that they will be there tomorrow. Errors are as of [Speaker.Wish], and NotFound
// if it says that it lacks one.
func (s *Speaker) Sample(ctx context.Context, p peer.ID, blocks []content.Block) (bool, error) {
	const op = "mirror.Sample"
	var salt Salt
	rand.Read(salt[:]) // never fails, see its documentation
	sums, err := s.sums(ctx, p, salt, blocks)
	if err != nil {
		return false, content.E(op, content.Other, err)
	}
	for i, b := range blocks {
		if SumOf(salt, p, b.Data) != sums[i] {
			return false, nil
		}
	}
	return true, nil
}

func (s *Speaker) sums(ctx context.Context, p peer.ID, salt Salt, blocks []content.Block) ([]Sum, error) {
	q := samplesRequest{Salt: salt[:]}
	for _, b := range blocks {
		q.Blocks = append(q.Blocks, dagcbor.Link{Cid: b.CID})
	}
	if _, err := q.cids(); err != nil {
		return nil, err
	}
	r, err := s.ask(ctx, p, request{Samples: &q})
	if err != nil {
		return nil, err
	}
	if r.Samples == nil || len(r.Samples.Sums) != len(blocks)*sha256.Size {
		return nil, errUnexpected
	}
	sums := make([]Sum, len(blocks))
	for i := range sums {
		sums[i] = Sum(r.Samples.Sums[i*sha256.Size:][:sha256.Size])
	}
	return sums, nil
}

var errUnexpected = content.Errorf("mirror.read", content.Invalid, "the peer's answer is not one to this request")

func (s *Speaker) ask(ctx context.Context, p peer.ID, r request) (response, error) {
	return wire.AskOnce(ctx, s.end, p, r, maxMessage, decodeResponse)
}
