package budget

import (
	"rossgram.app/content"
	syncing "rossgram.app/p2p/sync"
)

// recentDays is how many days [syncing.Size.Recent] is about.
const recentDays = 30

// Forecast returns what an account of a size would take of the disk, and what of it
// would come each day, both in bytes and as it is fetched unasked now. What limits
// for all accounts together would leave out is not in it.
func (b *Budget) Forecast(id content.AccountID, s syncing.Size) (disk, daily int64) {
	files := s.Renditions
	switch {
	case b.Metered():
		files = s.Smallest
	case b.Sources:
		files += s.Sources
	}
	if s.Posts > 0 {
		each := float64(s.Records+files) / float64(s.Posts)
		daily = int64(each * float64(s.Recent) / recentDays)
	}
	return s.Records + b.capped(id, files), daily
}
