package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"rossgram.app/content"
	"rossgram.app/content/keys"
	"rossgram.app/content/store"
	"rossgram.app/daemon/mirror"
	"rossgram.app/p2p"
)

// Config is what the owner can choose, as config.toml holds it. The zero Config
// is not usable; begin with [DefaultConfig] or [LoadConfig].
type Config struct {
	// Home is the folder that holds everything; it is not in the file.
	Home string `toml:"-"`
	// Version is what the node says it runs.
	Version string `toml:"-"`
	// Log hears what the owner should know of; nil is warnings, on stderr.
	Log     *slog.Logger  `toml:"-"`
	API     APIConfig     `toml:"api" comment:"The HTTP interface for apps and the web page"`
	Network NetworkConfig `toml:"network" comment:"How other nodes reach this one"`
	Storage StorageConfig `toml:"storage" comment:"What may be used of the disk"`
	Follow  FollowConfig  `toml:"follow" comment:"What is kept of the accounts followed"`
	Mirrors MirrorsConfig `toml:"mirrors" comment:"Accounts that are kept whole for others"`
}

// APIConfig is the room of the HTTP interface.
type APIConfig struct {
	Listen string `toml:"listen" comment:"Address and port; keep it on loopback unless a reverse proxy stands in front"`
	// Names are host names, beside the loopback ones, that requests may name.
	Names []string `toml:"names" comment:"Host names requests may carry besides localhost"`
}

// NetworkConfig is the room of the peer-to-peer network.
type NetworkConfig struct {
	Listen []string `toml:"listen" comment:"Multiaddrs to listen on"`
	// Announce are addresses others reach this node at that it can't know of.
	Announce []string `toml:"announce" comment:"Addresses to tell others besides, such as a reverse proxy's: /dns4/photos.example.org/tcp/443/tls/ws"`
	MapPort  bool     `toml:"map_port" comment:"Have the router forward the port, if it knows UPnP, PCP or NAT-PMP"`
	// Relay is about other people's connections.
	Relay p2p.RelayMode `toml:"relay" comment:"Relay for contacts behind routers: \"auto\" if this node is reachable, \"on\", \"off\""`
	// SwarmKey is a file of the home, or a path.
	SwarmKey string `toml:"swarm_key" comment:"File with the key of a private network, see rossgram config swarm-key; empty is the public network"`
	MDNS     bool   `toml:"mdns" comment:"Find nodes on the local network"`
	DHT      bool   `toml:"dht" comment:"Find nodes through the DHT of IPFS, and be found there by the accounts held here"`
	// DHTBootstrap are the peers through which it is joined, the public ones if
	// there are none.
	DHTBootstrap []string `toml:"dht_bootstrap" comment:"Peers to join another DHT through than the public one, as /ip4/.../p2p/..."`
	// Bootstrap are peers to connect to at start.
	Bootstrap []string `toml:"bootstrap" comment:"Peers to connect to at start, as /ip4/.../tcp/.../p2p/..."`
	// What traffic may cost; see package budget.
	DailyDown  Size `toml:"daily_down" comment:"Most bytes to receive a day before photos wait until midnight, such as \"2GB\"; \"0\" is no limit"`
	DailyUp    Size `toml:"daily_up" comment:"Most bytes to send a day before photos are not given to others until midnight; \"0\" is no limit"`
	UploadRate Size `toml:"upload_rate" comment:"Most bytes of photos and records to send a second, \"64KB\" or more; \"0\" is no limit"`
	Metered    bool `toml:"metered" comment:"The connection costs by the byte: fetch posts and their smallest pictures only, and give next to nothing to others"`
}

// StorageConfig is the room of the disk.
type StorageConfig struct {
	Max     Size `toml:"max" comment:"Most bytes to use of the disk, such as \"50GB\": older photos of others make room and come when they are looked at; \"0\" is no limit but the disk"`
	Reserve Size `toml:"reserve" comment:"Free disk to leave alone, such as \"256MB\""`
}

// FollowConfig is the room of followed accounts.
type FollowConfig struct {
	Max     Size `toml:"max" comment:"Most bytes of photos to keep of one account, such as \"500MB\"; older ones then come when they are looked at; \"0\" is no limit"`
	Sources bool `toml:"sources" comment:"Fetch the full-size photos of followed accounts too, not only on demand"`
}

// MirrorsConfig is the room of what is kept for others.
type MirrorsConfig struct {
	Accept mirror.Accept `toml:"accept" comment:"Who may have this node as a mirror unasked: \"ask\" (nobody: you decide), \"follows\" (whom you follow), \"none\" (and nobody can ask)"`
	Max    Size          `toml:"max" comment:"Most bytes for one account, unless you accept more"`
}

// DefaultConfig returns the configuration of a home without config.toml.
func DefaultConfig(home string) Config {
	return Config{
		Home: home,
		API:  APIConfig{Listen: "127.0.0.1:7670", Names: []string{}},
		Network: NetworkConfig{
			Listen:       defaultListen(),
			Announce:     []string{},
			MapPort:      true,
			MDNS:         true,
			DHT:          true,
			DHTBootstrap: []string{},
			Bootstrap:    []string{},
		},
		Storage: StorageConfig{Reserve: 256 * MB},
		Mirrors: MirrorsConfig{Accept: mirror.AcceptAsk, Max: 10 * GB},
	}
}

func defaultListen() (texts []string) {
	for _, a := range p2p.DefaultListen() {
		texts = append(texts, a.String())
	}
	return texts
}

const configFile = "config.toml"

// LoadConfig reads config.toml of a home over the defaults. A file that is
// missing is fine; a key that is unknown is not.
func LoadConfig(home string) (Config, error) {
	const op = "daemon.LoadConfig"
	c := DefaultConfig(home)
	b, err := os.ReadFile(filepath.Join(home, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, content.E(op, content.Other, err)
	}
	if err := c.decode(b); err != nil {
		return c, content.E(op, content.Invalid, fmt.Errorf("%s: %w", filepath.Join(home, configFile), err))
	}
	return c, nil
}

func (c *Config) decode(b []byte) error {
	err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(c)
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		return fmt.Errorf("unknown key %q", strings.Join(strict.Errors[0].Key(), "."))
	}
	return err
}

// TOML returns the configuration as config.toml would hold it.
func (c Config) TOML() (string, error) {
	b, err := toml.Marshal(c)
	return string(b), err
}

// Set changes one value, named by its dotted key such as "network.mdns" and
// written as in TOML; quotes around text may be left out.
func (c *Config) Set(key, value string) error {
	const op = "daemon.Config.Set"
	room, name, ok := strings.Cut(key, ".")
	if !ok || strings.ContainsAny(key+value, "\r\n") {
		return content.Errorf(op, content.Invalid, "a key is written room.name, such as network.mdns, and its value on one line")
	}
	next := *c
	err := next.decode(fmt.Appendf(nil, "[%s]\n%s = %s\n", room, name, value))
	if err != nil {
		next = *c
		if next.decode(fmt.Appendf(nil, "[%s]\n%s = %q\n", room, name, value)) == nil {
			err = nil
		}
	}
	if err != nil {
		return content.E(op, content.Invalid, err)
	}
	*c = next
	return nil
}

// Save writes config.toml, and makes the home if there is none. It replaces the
// file whole or not at all.
func (c Config) Save() error {
	const op = "daemon.Config.Save"
	text, err := c.TOML()
	if err == nil {
		err = os.MkdirAll(c.Home, 0o700)
	}
	if err == nil {
		err = keys.WriteFile(filepath.Join(c.Home, configFile), []byte(text))
	}
	if err != nil {
		return content.E(op, content.Other, err)
	}
	return nil
}

// path returns where something of the home is.
func (c Config) path(name string) string { return filepath.Join(c.Home, name) }

// storeOptions returns the limits of the home's store.
func (c Config) storeOptions() store.Options {
	return store.Options{MaxDisk: int64(c.Storage.Max), Reserve: int64(c.Storage.Reserve), Logger: c.Log}
}
