package mailbox_test

import (
	"testing"
	"time"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/p2p/internal/p2ptest"
	"rossgram.app/p2p/mailbox"
)

// BenchmarkVerify reads and verifies notices of a repository with 10,000 records.
func BenchmarkVerify(b *testing.B) {
	target, actor := p2ptest.NewAccount(b).ID, newBook(b)
	actor.shelf(10_000, 10)
	path := actor.follow(target)
	actor.commit()
	encoded, err := actor.notice(target, path).Encode()
	check(b, err)
	for b.Loop() {
		d, err := mailbox.Decode(encoded)
		check(b, err)
		_, err = mailbox.Verify(d, repo.VerifyHead, time.Now())
		check(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "notices/s")
	b.ReportMetric(float64(len(encoded)), "B/notice")
}

// BenchmarkSolve solves puzzles of 20 bits, a million hashes each on the average:
// what a stranger pays for one notice.
func BenchmarkSolve(b *testing.B) {
	p := mailbox.Puzzle{Target: content.AccountID{1}, Day: 20_000, Bits: 20}
	for b.Loop() {
		p.Notice[0]++
		if p.Notice[0] == 0 {
			p.Notice[1]++
		}
		_, err := mailbox.Solve(b.Context(), p)
		check(b, err)
	}
}
