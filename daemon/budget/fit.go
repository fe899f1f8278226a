package budget

import (
	"slices"
	"sort"

	"rossgram.app/content"
)

// class is how large a file is among those of its photo, and so how early it goes.
type class uint8

const (
	small   class = iota // the smallest rendition of a photo
	large                // the other renditions
	source               // the photo as it was taken
	classes              // their number
)

// weights say how much earlier a class goes: where all posts keep their smallest
// renditions, a quarter of them, the newest, keep the others too, and a sixteenth
// the sources.
var weights = [classes]int{small: 1, large: 4, source: 16}

// postSizes is what the files of a post have, in bytes.
type postSizes struct {
	key   content.TID
	bytes [classes]int64
}

// fit returns a shelf that takes at most so many bytes. Posts are the newest first.
// Their order is what counts, not their times: an account that claims others harms
// nobody but itself.
func fit(posts []postSizes, allowance int64) shelf {
	sums := runningSums(posts)
	n := len(posts)
	size := func(reach int) (total int64) {
		for c := range classes {
			total += sums[c][min(reach/weights[c], n)]
		}
		return total
	}
	most := n * slices.Max(weights[:])
	reach := sort.Search(most, func(r int) bool { return size(r+1) > allowance })
	s := shelf{bytes: size(reach)}
	for c := range classes {
		switch kept := reach / weights[c]; {
		case kept >= n:
		case kept == 0:
			s.floors[c] = posts[0].key + 1
		default:
			s.floors[c] = posts[kept-1].key
		}
	}
	return s
}

// runningSums returns for each class what the first n posts have, for n from 0.
func runningSums(posts []postSizes) (sums [classes][]int64) {
	for c := range classes {
		sums[c] = make([]int64, len(posts)+1)
		for i, p := range posts {
			sums[c][i+1] = sums[c][i] + p.bytes[c]
		}
	}
	return sums
}

// on returns what of some posts a shelf keeps, in bytes.
func (s shelf) on(posts []postSizes) (total int64) {
	for _, p := range posts {
		for c := range classes {
			if p.key >= s.floors[c] {
				total += p.bytes[c]
			}
		}
	}
	return total
}

// level returns the largest share such that accounts of these sizes, each cut to
// it, take no more than room together; the largest of the sizes if they do anyhow.
// So the largest give way first, all to the same size, and who takes less than
// that loses nothing.
func level(sizes []int64, room int64) int64 {
	sorted := slices.Sorted(slices.Values(sizes))
	for i, size := range sorted {
		left := int64(len(sorted) - i)
		if size*left > room {
			return max(room, 0) / left
		}
		room -= size
	}
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)-1]
}
