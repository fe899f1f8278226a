package netns_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"rossgram.app/cli/internal/netns"
)

// TestMain lets the test's own binary be the program on a machine: one that
// listens and sends zeros to whoever connects, or one that connects and reads.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("LISTEN") != "":
		listen(os.Getenv("LISTEN"))
	case os.Getenv("DIAL") != "":
		dial(os.Getenv("DIAL"))
	}
	os.Exit(m.Run())
}

func listen(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening")
	for {
		c, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		_, _ = c.Write(make([]byte, size))
		c.Close()
	}
}

func dial(address string) {
	c, err := net.DialTimeout("tcp", address, 700*time.Millisecond)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if n, err := io.Copy(io.Discard, c); n != size || err != nil {
		fmt.Println(n, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// size is what a connection carries: 800 kbit.
const size = 100_000

func serve(t *testing.T, m *netns.Machine, address string) {
	t.Helper()
	cmd := program(m, "LISTEN", address)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "listening\n" {
		t.Fatalf("cannot listen on %s: %s", address, line)
	}
}

func reaches(m *netns.Machine, address string) bool { return program(m, "DIAL", address).Run() == nil }

func program(m *netns.Machine, does, address string) *exec.Cmd {
	cmd := m.Command(os.Args[0])
	cmd.Env = append(os.Environ(), does+"="+address)
	return cmd
}

func TestRouterLetsOutAndNotIn(t *testing.T) {
	n := netns.New(t)
	internet, home := n.Switch("internet"), n.Switch("home")
	server, inside := n.Machine("server"), n.Machine("inside")
	internet.Join(server, "45.77.0.1/16")
	router := n.Router("router", internet, "45.77.0.2/16", home, "192.168.1.1/24")
	home.Join(inside, "192.168.1.2/24")
	inside.Gateway("192.168.1.1")
	serve(t, server, "45.77.0.1:80")
	serve(t, inside, "192.168.1.2:80")
	if !reaches(inside, "45.77.0.1:80") {
		t.Error("the home does not reach the internet")
	}
	if reaches(server, "45.77.0.2:80") {
		t.Error("the internet reaches the home through a closed router")
	}
	router.Forward(80, "192.168.1.2")
	if !reaches(server, "45.77.0.2:80") {
		t.Error("the internet does not reach a forwarded port")
	}
}

func TestCableIsCutAndMended(t *testing.T) {
	n := netns.New(t)
	lan := n.Switch("lan")
	a, b := n.Machine("a"), n.Machine("b")
	cable := lan.Join(a, "10.0.0.1/24", "fd00::1/64")
	lan.Join(b, "10.0.0.2/24", "fd00::2/64")
	serve(t, b, ":80")
	for _, address := range []string{"10.0.0.2:80", "[fd00::2]:80"} {
		if !reaches(a, address) {
			t.Errorf("%s is not reached", address)
		}
	}
	cable.Cut()
	if reaches(a, "10.0.0.2:80") {
		t.Error("reached without a cable")
	}
	cable.Mend()
	if !reaches(a, "10.0.0.2:80") {
		t.Error("not reached though the cable is mended")
	}
}

func TestRateHolds(t *testing.T) {
	n := netns.New(t)
	lan := n.Switch("lan")
	a, b := n.Machine("a"), n.Machine("b")
	lan.Join(a, "10.0.0.1/24").Rate("500kbit")
	lan.Join(b, "10.0.0.2/24")
	serve(t, b, ":80")
	began := time.Now()
	if !reaches(a, "10.0.0.2:80") {
		t.Fatal("not reached")
	}
	if took := time.Since(began); took < 400*time.Millisecond { // 800 kbit less 512 kbit at once
		t.Errorf("800 kbit took %v through 500 kbit a second", took)
	}
}
