package follow

import (
	"fmt"
	"time"

	"rossgram.app/content"
	"rossgram.app/p2p/exchange"
)

// What a followed account can make this node take. A step is what leads from the
// head that is held to a newer one, and from nothing to the first. A head beyond
// these limits is refused; the account stays where it is. The room on the disk
// for all accounts together is the store's to limit.
const (
	maxRecords     = 1 << 17        // records that a step brings or changes
	maxTree        = 24 << 20       // bytes of tree nodes that are read for a step: some 100 MiB in memory
	maxRecordBytes = 128 << 20      // bytes of the records, and the nodes of a pull, that are fetched for a step
	maxLinks       = 5 * maxRecords // what these refer to
	maxInline      = 2 << 20        // bytes of blocks that came with announcements and wait
)

// How much is done at a time.
const (
	stepWorkers   = 4         // accounts whose repositories are fetched
	fileWorkers   = 4         // accounts whose files are fetched
	recordsAtOnce = 1024      // records fetched in one exchange, and blocks under one hold
	recordsATurn  = 8192      // records fetched before another account has its turn
	recordsNamed  = 16 << 10  // nodes and records that a pull names as not to be sent; nodes may be more
	bytesAhead    = 4 << 20   // bytes of the newest files that a pull brings
	postsAtOnce   = 256       // posts whose files are fetched in one exchange
	bytesAtOnce   = 256 << 20 // bytes of files after which an exchange takes no further post
	asksAtOnce    = 8         // peers asked for heads
	asksPerSecond = 4         // and over a longer time
	asksBurst     = 32
	askFew        = 1  // peers asked now and then
	askMany       = 16 // peers asked about an account that is followed anew
	chainPeers    = 4  // peers asked for the commits between two heads, one after the other
)

// Times.
const (
	compareEvery = 10 * time.Minute       // heads are compared, give or take half of it
	listenWithin = 2 * time.Second        // after which a peer surely knows what we listen to
	resolveFor   = 15 * time.Second       // until an account of which nothing came counts as unreachable
	holdFor      = time.Hour              // blocks of a step that was cut short wait for the next attempt
	tellEvery    = 500 * time.Millisecond // progress is told at most so often
)

var errTooMuch = content.E("follow.limits", content.TooLarge, fmt.Errorf(
	"the account's next state is larger than a node takes at once (%d records, %d MiB): its author has to post it in parts",
	maxRecords, maxRecordBytes>>20))

// A store keeps what an exchange brings.
var _ exchange.Sink = (*basket)(nil)
