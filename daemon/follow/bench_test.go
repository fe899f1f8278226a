package follow_test

import (
	"context"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/follow"
	syncing "rossgram.app/p2p/sync"
)

// sparing is a holder that tells of heads and commits, and sends no other block but
// over bitswap.
type sparing struct{ archive }

func (sparing) Block(context.Context, cid.Cid, []byte) ([]byte, error) {
	return nil, content.Errorf("sparing.Block", content.NotFound, "ask for it by itself")
}

// BenchmarkThousandBehind measures how long a reader that was away for 1,000 posts
// takes to have their records (photos are a few bytes here), from connecting on, how
// many requests of /rossgram/sync/1 it makes, and how many bytes it receives: by a
// pull, and by bitswap alone.
func BenchmarkThousandBehind(b *testing.B) {
	for name, source := range map[string]func(*node) syncing.Source{
		"pull":    func(n *node) syncing.Source { return archive{n} },
		"bitswap": func(n *node) syncing.Source { return sparing{archive{n}} },
	} {
		b.Run(name, func(b *testing.B) {
			var took time.Duration
			var asked, fetched, bytes float64
			for b.Loop() {
				b.StopTimer()
				author, reader := newNode(b), newNode(b)
				reader.follow(author)
				connect(b, reader, author)
				reader.waitFor(author, author.post("the first"))
				reader.close()
				var last post
				for range 1000 {
					last = author.post("another")
				}
				author.Sync.Close()
				var err error
				author.Sync, err = syncing.New(author.Host.Libp2p(), syncing.Config{Source: source(author), Verify: repo.VerifyHead, FilesOf: follow.Shown})
				check(b, err)
				reader = reader.again()
				b.StartTimer()
				begun := time.Now()
				connect(b, reader, author)
				eventually(b, "the feed", func() bool { return reader.sees(author, last) })
				took += time.Since(begun)
				requests, blocks := reader.cost()
				in, _ := reader.Host.Bandwidth()
				asked, fetched, bytes = asked+float64(requests), fetched+float64(blocks), bytes+float64(in)
				b.StopTimer()
				reader.close()
				author.close()
				b.StartTimer()
			}
			n := float64(b.N)
			b.ReportMetric(took.Seconds()*1e3/n, "feed-ms")
			b.ReportMetric(asked/n, "requests")
			b.ReportMetric(fetched/n, "single-blocks")
			b.ReportMetric(bytes/n/1e3, "KB")
		})
	}
}
