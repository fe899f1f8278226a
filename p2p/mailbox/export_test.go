package mailbox

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/p2p/internal/wire"
)

// What tests of messages need, which nobody else does.

const MaxMessage = maxMessage

var MaxStreams = int64(defaults.Streams)

type Request = request

// AllNotices is how many notices all peers together may bring in a time.
func AllNotices(d time.Duration) int {
	return (allBurst + int(allPerSecond*d.Seconds())) / unitsANotice
}

func DecodeRequest(b []byte) (Request, error) { return decodeRequest(b) }

func (r request) Work() int { return r.work() }

func DeliverRequest(notices ...Notice) (any, error) {
	q, err := newDeliverRequest(notices)
	return request{Deliver: q}, err
}

func CollectRequest(cert content.Certificate, key keys.WriterKey, node peer.ID, at time.Time, cursor Cursor) (any, error) {
	q, err := newCollectRequest(cert, key, node, at, cursor)
	return request{Collect: q}, err
}

func DeliverResponse(verdicts ...Verdict) any {
	answer := &deliverResponse{}
	for _, v := range verdicts {
		answer.Verdicts = append(answer.Verdicts, v.form())
	}
	return response{Deliver: answer}
}

func CollectResponse(cursor Cursor, notices ...[]byte) any {
	answer := &collectResponse{Cursor: cursor}
	for _, n := range notices {
		answer.Notices = append(answer.Notices, dagcbor.RawValue(n))
	}
	return response{Collect: answer}
}

func Busy() any { return response{Error: &wire.Failure{Reason: wire.Busy}} }

// ReadVerdicts decodes an answer to a delivery of n notices.
func ReadVerdicts(b []byte, n int) ([]Verdict, error) {
	r, err := decodeResponse(b)
	if err != nil {
		return nil, err
	}
	if r.Deliver == nil {
		return nil, errUnexpected
	}
	return r.Deliver.verdicts(n)
}

// ReadPage decodes an answer to a collect, but not the notices in it.
func ReadPage(b []byte) (Cursor, int, error) {
	r, err := decodeResponse(b)
	if err != nil {
		return nil, 0, err
	}
	if r.Collect == nil {
		return nil, 0, errUnexpected
	}
	return r.Collect.Cursor, len(r.Collect.Notices), nil
}

func (r collectRequest) VerifyFor(node peer.ID, now time.Time) error { return r.verify(node, now) }
