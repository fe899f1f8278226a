// Package exchange moves blocks by CID over bitswap: it gives out what is
// published and fetches what is missing from whoever has it.
//
// It guarantees that only blocks of the published blockstore are given out, also
// to one who knows a CID; that a fetched block is what its CID says and within
// the limits of package content; and that the memory of a fetch does not grow
// with what is fetched. Which blocks to want and from whom is left to its caller,
// as is storing them.
//
// The protocol is bitswap 1.2 and earlier (IPFS specification, "Bitswap
// Protocol"), so that any IPFS node can take part.
package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/ipfs/boxo/bitswap/client"
	bsnet "github.com/ipfs/boxo/bitswap/network"
	libp2pnet "github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/bitswap/server"
	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
)

// What bitswap may use. A message holds about targetMessage bytes, and one block
// at least, so that a photo is one message; what is on its way to one peer is
// enough to fill 100 Mbit/s over a second's round trip, or a loopback's pipe.
const (
	targetMessage  = 1 << 20
	outstanding    = 16 << 20
	storeWorkers   = 8    // reads of the blockstore at a time
	sendWorkers    = 8    // messages sent at a time
	wantsPerPeer   = 2048 // wants remembered of one peer
	maxCIDSize     = 64   // bytes; ours have 36
	broadcastPeers = 32   // peers asked at once who has a block
	randomPeers    = 4    // of those, ones that never had anything of ours
	inlineRecord   = 16 << 10
)

// Config says how an [Exchange] is made. Published is required.
type Config struct {
	// Published holds what any peer may have, and nothing else.
	Published blockstore.Blockstore
	// Idle is how long a fetch goes on while nothing arrives; 30 s if zero.
	Idle time.Duration
}

// Exchange gives out and fetches blocks. It is safe for concurrent use.
type Exchange struct {
	host    host.Host
	net     bsnet.BitSwapNetwork
	client  *client.Client
	server  *server.Server
	idle    time.Duration
	turns   chan struct{} // to have a batch of blocks on its way
	favours favours

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	mu      sync.Mutex // guards running.Add against Close
	running sync.WaitGroup
}

// New starts bitswap on a host. It looks for blocks at connected peers only.
func New(h host.Host, cfg Config) (*Exchange, error) {
	if cfg.Published == nil {
		return nil, content.Errorf("exchange.New", content.Invalid, "Published is required")
	}
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Second
	}
	x := &Exchange{
		host: h, idle: cfg.Idle, net: libp2pnet.NewFromIpfsHost(h),
		turns: make(chan struct{}, batchesAll),
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.server = server.New(x.ctx, x.net, cfg.Published, serverOptions()...)
	x.client = client.New(x.ctx, x.net, nil, cfg.Published, append(clientOptions(),
		client.WithBlockReceivedNotifier(x.server))...)
	x.net.Start(x.client, x.server)
	return x, nil
}

func serverOptions() []server.Option {
	return []server.Option{
		server.EngineBlockstoreWorkerCount(storeWorkers),
		server.EngineTaskWorkerCount(sendWorkers),
		server.TaskWorkerCount(sendWorkers),
		server.MaxOutstandingBytesPerPeer(outstanding),
		server.WithTargetMessageSize(targetMessage),
		server.MaxQueuedWantlistEntriesPerPeer(wantsPerPeer),
		server.MaxCidSize(maxCIDSize),
		server.WithWantHaveReplaceSize(inlineRecord),
		server.WithPeerBlockRequestFilter(func(_ peer.ID, c cid.Cid) bool { return content.CheckCID(c) == nil }),
	}
}

func clientOptions() []client.Option {
	return []client.Option{
		client.WithoutDuplicatedBlockStats(), // would look up every block that arrives
		client.BroadcastControlEnable(true),
		client.BroadcastControlMaxPeers(broadcastPeers),
		client.BroadcastControlMaxRandomPeers(randomPeers),
	}
}

// Published tells peers that wait for these blocks that they can be had now.
// Call it when the blocks are in the published blockstore.
func (x *Exchange) Published(ctx context.Context, published ...content.Block) error {
	bs := make([]blocks.Block, len(published))
	for i, b := range published {
		block, err := blocks.NewBlockWithCid(b.Data, b.CID)
		if err != nil {
			return content.E("exchange.Published", content.Invalid, err)
		}
		bs[i] = block
	}
	return x.server.NotifyNewBlocks(ctx, bs...)
}

// Stat is what was moved since the start.
type Stat struct {
	BlocksReceived, BytesReceived uint64
	BlocksSent, BytesSent         uint64
}

// Stat returns what was moved since the start.
func (x *Exchange) Stat() (Stat, error) {
	in, err := x.client.Stat()
	if err != nil {
		return Stat{}, content.E("exchange.Stat", content.Other, err)
	}
	out, err := x.server.Stat()
	if err != nil {
		return Stat{}, content.E("exchange.Stat", content.Other, err)
	}
	return Stat{in.BlocksReceived, in.DataReceived, out.BlocksSent, out.DataSent}, nil
}

// Close ends all fetches, waits for them and stops bitswap.
func (x *Exchange) Close() error {
	x.mu.Lock()
	x.cancel()
	x.mu.Unlock()
	x.running.Wait()
	x.net.Stop()
	x.client.Close()
	x.server.Close()
	return nil
}
