package sync

import (
	"fmt"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// request is the one message of whoever opened the stream: exactly one of its
// fields is there.
type request struct {
	Heads    *headsRequest    `cbor:"heads,omitempty"`
	Commits  *commitsRequest  `cbor:"commits,omitempty"`
	Pull     *pullRequest     `cbor:"pull,omitempty"`
	Files    *filesRequest    `cbor:"files,omitempty"`
	Holders  *holdersRequest  `cbor:"holders,omitempty"`
	Size     *sizeRequest     `cbor:"size,omitempty"`
	Evidence *evidenceRequest `cbor:"evidence,omitempty"`
}

// body is what a request is about.
type body interface {
	validate() error
	work() int
}

// bodies returns the fields that are there.
func (r request) bodies() []body {
	var there []body
	if r.Heads != nil {
		there = append(there, r.Heads)
	}
	if r.Commits != nil {
		there = append(there, r.Commits)
	}
	if r.Pull != nil {
		there = append(there, r.Pull)
	}
	if r.Files != nil {
		there = append(there, r.Files)
	}
	if r.Holders != nil {
		there = append(there, r.Holders)
	}
	if r.Size != nil {
		there = append(there, r.Size)
	}
	if r.Evidence != nil {
		there = append(there, r.Evidence)
	}
	return there
}

// headsRequest asks for what is newer than these.
type headsRequest struct {
	Known []known `cbor:"known"`
}

// known is an account and the version held of it: 32 bytes, epoch and rev as
// numbers. Nothing held is epoch 0 and rev 0.
type known struct {
	_       struct{} `cbor:",toarray"`
	Account []byte
	Epoch   uint64
	Rev     uint64
}

// commitsRequest asks for an account's commits from one on, newest first, until
// one that is not newer than Epoch and Rev, which is the last that is sent.
type commitsRequest struct {
	Account []byte       `cbor:"account"`
	From    dagcbor.Link `cbor:"from"`
	Epoch   uint64       `cbor:"epoch"`
	Rev     uint64       `cbor:"rev"`
}

// response is a message of whoever answers: exactly one of its fields is there.
type response struct {
	Error    *wire.Failure    `cbor:"error,omitempty"`
	Heads    *headsResponse   `cbor:"heads,omitempty"`
	Head     *headResponse    `cbor:"head,omitempty"`
	Commits  *commitsResponse `cbor:"commits,omitempty"`
	Pull     *pullResponse    `cbor:"pull,omitempty"`
	Files    *filesResponse   `cbor:"files,omitempty"`
	Holders  *holdersResponse `cbor:"holders,omitempty"`
	Size     *Size            `cbor:"size,omitempty"`
	Evidence *Evidence        `cbor:"evidence,omitempty"`
}

// headsResponse says which of the accounts are held, and how many head messages
// follow. Bit i of Held, from the lowest of the first byte on, is for the i-th
// account asked for. Forks has the same form and marks those of which there is
// evidence; it is left out where there are none.
type headsResponse struct {
	Held  []byte `cbor:"held"`
	Newer uint64 `cbor:"newer"`
	Forks []byte `cbor:"forks,omitempty"`
}

// headResponse is a head that is newer than what was named. Index says which
// account it is of; it rises from message to message.
type headResponse struct {
	Index uint64           `cbor:"index"`
	Head  dagcbor.RawValue `cbor:"head"`
}

// commitsResponse is part of a chain of commits. More says that another such
// message follows.
type commitsResponse struct {
	Blocks [][]byte `cbor:"blocks"`
	More   bool     `cbor:"more"`
}

func (r request) validate() error {
	const op = "sync.request"
	there := r.bodies()
	if len(there) != 1 {
		return content.Errorf(op, content.Invalid, "exactly one request is expected")
	}
	return there[0].validate()
}

func (r *headsRequest) validate() error {
	const op = "sync.headsRequest"
	if len(r.Known) > MaxAccounts {
		return content.Errorf(op, content.TooLarge, "too many accounts")
	}
	for i, k := range r.Known {
		if _, _, err := k.parse(); err != nil {
			return content.E(op, content.Invalid, fmt.Errorf("account %d: %w", i, err))
		}
	}
	return nil
}

func (r *headsRequest) work() int { return 1 + len(r.Known)/unit }

func (r *commitsRequest) validate() error {
	if err := content.CheckCID(r.From.Cid); err != nil {
		return err
	}
	_, _, err := known{Account: r.Account, Epoch: r.Epoch, Rev: r.Rev}.parse()
	return err
}

func (r *commitsRequest) work() int { return 1 + MaxCommits/unit }

func (k known) parse() (content.AccountID, content.Version, error) {
	const op = "sync.known"
	var id content.AccountID
	if len(k.Account) != len(id) || k.Epoch > 1<<32-1 || k.Rev > 1<<63-1 {
		return id, content.Version{}, content.Errorf(op, content.Invalid, "account, epoch or rev out of range")
	}
	copy(id[:], k.Account)
	return id, content.Version{Epoch: content.Epoch(k.Epoch), Rev: content.TID(k.Rev)}, nil
}

// decodeRequest reads a request. Keys it does not know are passed over, so that
// a later version can add to a request; a request it does not know is an error.
func decodeRequest(b []byte) (request, error) {
	var r request
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return request{}, content.E("sync.decodeRequest", content.Invalid, err)
	}
	return r, r.validate()
}

// decodeResponse reads a response; keys it does not know are passed over.
func decodeResponse(b []byte) (response, error) {
	const op = "sync.decodeResponse"
	var r response
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return response{}, content.E(op, content.Invalid, err)
	}
	n := 0
	for _, there := range []bool{r.Error != nil, r.Heads != nil, r.Head != nil, r.Commits != nil, r.Pull != nil, r.Files != nil, r.Holders != nil, r.Size != nil, r.Evidence != nil} {
		if there {
			n++
		}
	}
	if n != 1 {
		return response{}, content.Errorf(op, content.Invalid, "exactly one answer is expected")
	}
	return r, nil
}

func decodeCommit(b []byte) (content.Block, content.Commit, error) {
	const op = "sync.decodeCommit"
	var c content.Commit
	if len(b) > content.MaxHeadSize {
		return content.Block{}, c, content.Errorf(op, content.TooLarge, "commit over the limit")
	}
	if err := dagcbor.UnmarshalStrict(b, &c); err != nil {
		return content.Block{}, c, content.E(op, content.Invalid, err)
	}
	return content.NewBlock(content.DagCBOR, b), c, nil
}

func prev(c content.Commit) cid.Cid {
	if c.Prev == nil {
		return cid.Undef
	}
	return c.Prev.Cid
}
