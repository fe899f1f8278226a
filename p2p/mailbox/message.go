package mailbox

import (
	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/p2p/internal/wire"
)

// request is the one message of whoever opened the stream: exactly one of its
// fields is there.
type request struct {
	Deliver *deliverRequest `cbor:"deliver,omitempty"`
	Collect *collectRequest `cbor:"collect,omitempty"`
}

// deliverRequest brings notices, each as [Draft.Encode] writes it.
type deliverRequest struct {
	Notices []dagcbor.RawValue `cbor:"notices"`
}

// response is the answer: exactly one of its fields is there.
type response struct {
	Error   *wire.Failure    `cbor:"error,omitempty"`
	Deliver *deliverResponse `cbor:"deliver,omitempty"`
	Collect *collectResponse `cbor:"collect,omitempty"`
}

// deliverResponse has a verdict for each notice.
type deliverResponse struct {
	Verdicts []verdictForm `cbor:"verdicts"`
}

// collectResponse is a page; the last has no notices.
type collectResponse struct {
	Cursor  []byte             `cbor:"cursor"`
	Notices []dagcbor.RawValue `cbor:"notices"`
}

// decodeRequest reads a request. Keys it does not know are passed over, so that a
// later version can add to a request; a request it does not know is an error.
func decodeRequest(b []byte) (request, error) {
	const op = "mailbox.decodeRequest"
	var r request
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return request{}, content.E(op, content.Invalid, err)
	}
	if (r.Deliver != nil) == (r.Collect != nil) {
		return request{}, content.Errorf(op, content.Invalid, "exactly one request is expected")
	}
	if r.Deliver != nil {
		return r, checkCount(r.Deliver.Notices, 1)
	}
	return r, r.Collect.validate()
}

func checkCount(notices []dagcbor.RawValue, least int) error {
	if len(notices) < least || len(notices) > MaxNotices {
		return content.Errorf("mailbox.notices", content.Invalid, "too many notices, or none")
	}
	return nil
}

func (r deliverRequest) drafts() ([]Draft, error) {
	drafts := make([]Draft, len(r.Notices))
	for i, raw := range r.Notices {
		var err error
		if drafts[i], err = Decode(raw); err != nil {
			return nil, err
		}
	}
	return drafts, nil
}

// work is counted before a notice is looked at.
func (r request) work() int {
	if r.Collect != nil {
		return unitsARequest + unitsAPage
	}
	size := 0
	for _, raw := range r.Deliver.Notices {
		size += len(raw)
	}
	return unitsARequest + unitsANotice*len(r.Deliver.Notices) + size/bytesAUnit
}

// decodeResponse reads an answer; keys it does not know are passed over.
func decodeResponse(b []byte) (response, error) {
	const op = "mailbox.decodeResponse"
	var r response
	if err := dagcbor.Unmarshal(b, &r); err != nil {
		return response{}, content.E(op, content.Invalid, err)
	}
	n := 0
	for _, there := range []bool{r.Error != nil, r.Deliver != nil, r.Collect != nil} {
		if there {
			n++
		}
	}
	switch {
	case n != 1:
		return response{}, content.Errorf(op, content.Invalid, "a message has exactly one key")
	case r.Error != nil:
		return response{}, r.Error.Err()
	case r.Collect != nil && len(r.Collect.Cursor) > MaxCursor:
		return response{}, content.Errorf(op, content.TooLarge, "cursor over the limit")
	case r.Collect != nil:
		return r, checkCount(r.Collect.Notices, 0)
	}
	return r, nil
}

// verdicts returns those on n notices.
func (r deliverResponse) verdicts(n int) ([]Verdict, error) {
	if len(r.Verdicts) != n {
		return nil, errUnexpected
	}
	verdicts := make([]Verdict, n)
	for i, f := range r.Verdicts {
		var err error
		if verdicts[i], err = f.open(); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}
