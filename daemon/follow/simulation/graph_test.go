package simulation

import (
	"math"
	"math/rand/v2"
)

// Who follows whom. The number of followers has a power law with the exponent that
// Kwak, Lee, Park and Moon found ("What is Twitter, a Social Network or a News
// Media?", 2010: 2.276); whom one follows is fewer and more even. That many follow
// back is from Mislove and others ("Measurement and Analysis of Online Social
// Networks", 2007), where on Flickr most links are mutual.
const (
	fameExponent = 2.276
	fewest       = 4   // accounts followed, before anybody follows back
	mostShare    = 0.3 // of all accounts
	followBack   = 0.4
)

// newGraph returns for each account the accounts it follows, in order.
func newGraph(n int, rng *rand.Rand) [][]int {
	fame := make([]float64, n)
	for i := range fame {
		fame[i] = pareto(rng, 1, fameExponent)
	}
	follows := make([]map[int]bool, n)
	for i := range follows {
		follows[i] = make(map[int]bool)
	}
	for i := range follows {
		most := max(int(mostShare*float64(n)), min(fewest, n-1))
		for want := min(int(pareto(rng, fewest, 2.5)), most); len(follows[i]) < want; {
			j := weighted(rng, fame)
			if j == i || follows[i][j] {
				continue
			}
			follows[i][j] = true
			if rng.Float64() < followBack {
				follows[j][i] = true
			}
		}
	}
	lists := make([][]int, n)
	for i, set := range follows {
		for j := range n {
			if set[j] {
				lists[i] = append(lists[i], j)
			}
		}
	}
	return lists
}

// followers turns a graph round.
func followers(follows [][]int) [][]int {
	of := make([][]int, len(follows))
	for i, list := range follows {
		for _, j := range list {
			of[j] = append(of[j], i)
		}
	}
	return of
}

// pareto draws from a power law whose density falls with an exponent.
func pareto(rng *rand.Rand, least, exponent float64) float64 {
	return least * math.Pow(1-rng.Float64(), -1/(exponent-1))
}

// weighted draws an index by weight.
func weighted(rng *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := rng.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}
