package budget

import (
	"math/rand/v2"
	"testing"

	"rossgram.app/content"
)

func TestLevel(t *testing.T) {
	for _, c := range []struct {
		name  string
		sizes []int64
		room  int64
		want  int64
	}{
		{"nobody", nil, 100, 0},
		{"all fit", []int64{10, 20, 30}, 100, 30},
		{"the largest gives way", []int64{10, 20, 300}, 100, 70},
		{"two large ones come to the same size", []int64{200, 10, 100}, 100, 45},
		{"ten alike", []int64{200, 200, 200, 200, 200, 200, 200, 200, 200, 200}, 500, 50},
		{"no room at all", []int64{10, 20}, -5, 0},
	} {
		if got := level(c.sizes, c.room); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestFit: whatever the sizes, what is kept is within the allowance, and it would
// not be with one more post of the smallest renditions.
func TestFit(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		posts := make([]postSizes, 1+rnd.IntN(60))
		for i := range posts {
			posts[i] = postSizes{content.TID(1000 - i), [classes]int64{rnd.Int64N(10), rnd.Int64N(100), rnd.Int64N(1000)}}
		}
		whole := shelf{}.on(posts)
		allowance := rnd.Int64N(whole + 100)
		s := fit(posts, allowance)
		if kept := s.on(posts); kept != s.bytes || kept > allowance {
			t.Fatalf("%d kept, %d said, %d allowed", kept, s.bytes, allowance)
		}
		if allowance >= whole != s.keepsAll() && s.bytes != whole {
			t.Fatalf("%d of %d allowed, and %v", allowance, whole, s.floors)
		}
		if s.floors[small] > s.floors[large] || s.floors[large] > s.floors[source] {
			t.Fatalf("larger files stay longer: %v", s.floors)
		}
	}
}
