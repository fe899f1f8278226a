package wire

import "rossgram.app/content"

// Failure says why there is no answer: the map of the key "error".
type Failure struct {
	Reason Reason `cbor:"reason"`
}

// Reason is one of a few words; a reader takes one it does not know for Refused.
type Reason string

// The reasons of a [Failure].
const (
	Busy     Reason = "busy"      // ask again later
	NotFound Reason = "not-found" // what was asked for is not held
	Refused  Reason = "refused"   // the request is malformed or of a later version
)

// ReasonOf returns what a peer is told of an error; empty for one that is no
// business of its, which resets the stream.
func ReasonOf(err error) Reason {
	switch content.KindOf(err) {
	case content.NotFound:
		return NotFound
	case content.Quota, content.Unavailable:
		return Busy
	case content.Invalid, content.TooLarge, content.Permission:
		return Refused
	}
	return ""
}

// Err is what the one who asked returns, of kind Unavailable, NotFound or Invalid.
func (f Failure) Err() error {
	const op = "wire.peer"
	switch f.Reason {
	case Busy:
		return content.Errorf(op, content.Unavailable, "the peer is busy")
	case NotFound:
		return content.Errorf(op, content.NotFound, "the peer does not hold it")
	}
	return content.Errorf(op, content.Invalid, "the peer refused the request")
}

// failed is an answer that is none.
type failed struct {
	Error Failure `cbor:"error"`
}

// Fail writes that there is no answer.
func (c *Conn) Fail(r Reason) error { return c.Write(failed{Failure{r}}) }
