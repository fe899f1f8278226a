package cli

import (
	"errors"

	"rossgram.app/cli/client"
	"rossgram.app/content"
)

// exitCode is how a command ended, for scripts; see cli/README.md.
type exitCode int

const (
	exitDone     exitCode = 0
	exitFailed   exitCode = 1
	exitUsage    exitCode = 2 // the command cannot be meant as it stands
	exitNoDaemon exitCode = 3 // nothing answers
	exitNotFound exitCode = 4
	exitRefused  exitCode = 5 // not allowed, or in the way of what exists
)

// kindCodes is the table from kinds of failure to exit codes; the rest is
// exitFailed.
var kindCodes = map[content.Kind]exitCode{
	content.NotFound:   exitNotFound,
	content.Permission: exitRefused,
	content.Exists:     exitRefused,
	content.Conflict:   exitRefused,
}

func codeOf(err error) exitCode {
	if err == nil {
		return exitDone
	}
	if isUsage(err) {
		return exitUsage
	}
	if _, ok := errors.AsType[*client.Unreachable](err); ok {
		return exitNoDaemon
	}
	if _, ok := errors.AsType[*noDaemon](err); ok {
		return exitNoDaemon
	}
	if code, ok := kindCodes[client.KindOf(err)]; ok {
		return code
	}
	return exitFailed
}

// message is what a person should read of err.
func message(err error) string {
	if u, ok := errors.AsType[*client.Unreachable](err); ok {
		return u.Error() + ": start one with rossgram daemon"
	}
	if e, ok := errors.AsType[*client.Error](err); ok && e.Status == 401 {
		return "the daemon does not know the token: " + e.Message
	}
	return content.Message(err)
}
