package mirror

import (
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// request is the one message of whoever opened the stream: exactly one of its
// fields is there.
type request struct {
	Wish    *wishRequest    `cbor:"wish,omitempty"`
	Changed *changedRequest `cbor:"changed,omitempty"`
	Receipt *receiptRequest `cbor:"receipt,omitempty"`
	Samples *samplesRequest `cbor:"samples,omitempty"`
}

// changedRequest says that the node has decided about an account. It proves
// nothing: whoever asked asks again.
type changedRequest struct {
	Account []byte `cbor:"account"`
}

type receiptRequest struct {
	Account []byte `cbor:"account"`
	Posts   []post `cbor:"posts"`
}

type samplesRequest struct {
	Salt   []byte         `cbor:"salt"`
	Blocks []dagcbor.Link `cbor:"blocks"`
}

// response is the answer: exactly one of its fields is there.
type response struct {
	Error   *wire.Failure    `cbor:"error,omitempty"`
	Wish    *wishResponse    `cbor:"wish,omitempty"`
	Changed *changedResponse `cbor:"changed,omitempty"`
	Receipt *receiptResponse `cbor:"receipt,omitempty"`
	Samples *samplesResponse `cbor:"samples,omitempty"`
}

type wishResponse struct {
	State State  `cbor:"state"`
	Cap   int64  `cbor:"cap"`
	Used  int64  `cbor:"used"`
	Words string `cbor:"words"`
}

type changedResponse struct{}

// receiptResponse is what of a receipt the asker does not know.
type receiptResponse struct {
	Epoch  uint64 `cbor:"epoch"`
	Rev    uint64 `cbor:"rev"`
	Time   int64  `cbor:"time"`
	Levels []byte `cbor:"levels"`
	Sig    []byte `cbor:"sig"`
}

// samplesResponse has a [Sum] for each block, one behind the other.
type samplesResponse struct {
	Sums []byte `cbor:"sums"`
}

// decodeRequest reads a request. Keys it does not know are passed over, so that a
// later version can add to a request; a request it does not know is an error.
func decodeRequest(b []byte) (request, error) {
	var r request
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return request{}, content.E("mirror.decodeRequest", content.Invalid, err)
	}
	return r, r.validate()
}

func (r request) validate() error {
	const op = "mirror.request"
	if one(r.Wish != nil, r.Changed != nil, r.Receipt != nil, r.Samples != nil) != nil {
		return content.Errorf(op, content.Invalid, "exactly one request is expected")
	}
	switch {
	case r.Wish != nil:
		return r.Wish.validate()
	case r.Changed != nil:
		_, err := accountOf(r.Changed.Account)
		return err
	case r.Receipt != nil:
		if _, err := openPosts(r.Receipt.Posts); err != nil {
			return err
		}
		_, err := accountOf(r.Receipt.Account)
		return err
	}
	_, err := r.Samples.cids()
	return err
}

func (r samplesRequest) cids() ([]cid.Cid, error) {
	const op = "mirror.samples"
	if len(r.Salt) != SaltSize || len(r.Blocks) > MaxSamples {
		return nil, content.Errorf(op, content.Invalid, "a salt has 32 bytes, and at most 8 blocks are sampled at once")
	}
	list := make([]cid.Cid, len(r.Blocks))
	for i, l := range r.Blocks {
		if err := content.CheckCID(l.Cid); err != nil {
			return nil, err
		}
		list[i] = l.Cid
	}
	return list, nil
}

func accountOf(b []byte) (content.AccountID, error) {
	if len(b) != len(content.AccountID{}) {
		return content.AccountID{}, content.Errorf("mirror.account", content.Invalid, "an account has 32 bytes")
	}
	return content.AccountID(b), nil
}

// decodeResponse reads an answer; keys it does not know are passed over.
func decodeResponse(b []byte) (response, error) {
	const op = "mirror.decodeResponse"
	var r response
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return response{}, content.E(op, content.Invalid, err)
	}
	if err := one(r.Error != nil, r.Wish != nil, r.Changed != nil, r.Receipt != nil, r.Samples != nil); err != nil {
		return response{}, err
	}
	if r.Error != nil {
		return response{}, r.Error.Err()
	}
	return r, nil
}

func one(there ...bool) error {
	n := 0
	for _, t := range there {
		if t {
			n++
		}
	}
	if n != 1 {
		return content.Errorf("mirror.message", content.Invalid, "a message has exactly one key")
	}
	return nil
}

func (r wishResponse) open() (Answer, error) {
	known := r.State == Pending || r.State == Accepted || r.State == Refused
	if !known || r.Cap < 0 || r.Cap > MaxCap || r.Used < 0 || len(r.Words) > 4*MaxWords {
		return Answer{}, content.Errorf("mirror.answer", content.Invalid, "the peer's answer is out of range")
	}
	return Answer{r.State, r.Cap, r.Used, Words(r.Words)}, nil
}

// Words returns what of a text one node may show for another: without line breaks
// and hidden characters, and at most [MaxWords] characters.
func Words(text string) string {
	clean := make([]rune, 0, min(utf8.RuneCountInString(text), MaxWords))
	for _, r := range text {
		if len(clean) == MaxWords {
			break
		}
		if unicode.IsGraphic(r) && r != utf8.RuneError {
			clean = append(clean, r)
		}
	}
	return string(clean)
}
