package content

import (
	"errors"
	"strings"
)

// Kind says what sort of failure an [Error] is, so that the HTTP layer can
// choose a status code and the command line an exit code.
type Kind uint8

// The kinds of failure. Other is what an error without a kind counts as.
const (
	Other       Kind = iota // something unforeseen, such as an I/O error
	NotFound                // the thing asked for does not exist here
	Exists                  // it exists already and must not be replaced
	Invalid                 // the input is wrong and will stay wrong
	Permission              // the caller may not do this
	Conflict                // it contradicts something that came before
	TooLarge                // it is over one of the limits
	Quota                   // there is no room: the disk or an allowance is full
	Unavailable             // it could not be had now and may be later
	Corrupt                 // stored bytes are damaged
)

var kindNames = [...]string{
	"error", "not found", "exists", "invalid", "permission denied",
	"conflict", "too large", "no room", "unavailable", "corrupt",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Other]
}

// Error is the one error type of rossgram: what was being done, what kind of
// failure it was, and what caused it.
type Error struct {
	Op   string // the operation, such as "repo.Apply"
	Kind Kind
	Err  error // the cause; never nil
}

// E returns an [*Error]. A nil cause is replaced by the kind's name.
func E(op string, kind Kind, cause error) error {
	if cause == nil {
		cause = errors.New(kind.String())
	}
	return &Error{Op: op, Kind: kind, Err: cause}
}

// Errorf is [E] with a message in place of a cause.
func Errorf(op string, kind Kind, message string) error {
	return E(op, kind, errors.New(message))
}

// Error is the trail of operations and the cause, as a log line shows it.
func (e *Error) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the outermost [*Error] in err's chain whose kind is
// not Other, and Other if there is none.
func KindOf(err error) Kind {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return Other
		}
		if e.Kind != Other {
			return e.Kind
		}
		err = e.Err
	}
	return Other
}

// Message returns what a person should read of err: the causes without the
// names of operations.
func Message(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err.Error()
	}
	outer := strings.TrimSuffix(err.Error(), e.Error())
	return outer + Message(e.Err)
}
