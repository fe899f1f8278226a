package cli

import (
	"net"
	"os"
	"strings"
)

// notify tells systemd what became of the service: one datagram to the socket
// that NOTIFY_SOCKET names, as sd_notify(3) describes. Whoever did not ask is
// told nothing; nothing depends on it arriving.
func notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	if abstract, ok := strings.CutPrefix(name, "@"); ok {
		name = "\x00" + abstract
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}
