package announce

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

func TestThreeInvalidMessagesAreTooManyAndAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, liar := newConducts(), peer.ID("liar")
		for range 20 {
			c.brought(liar)
		}
		for range 3 {
			c.broke(liar)
		}
		if s, limit := c.score(liar), scoreThresholds().GraylistThreshold; s > limit {
			t.Errorf("three invalid messages leave a score of %v, above %v", s, limit)
		}
		time.Sleep(time.Hour)
		if s := c.score(liar); s < 0 {
			t.Errorf("an hour later the score is %v", s)
		}
	})
}

func TestBringingNewsEarnsNoMoreThanItMay(t *testing.T) {
	c, friend := newConducts(), peer.ID("friend")
	for range 1000 {
		c.brought(friend)
	}
	if s := c.score(friend); s > maxFirst || s < maxFirst-1 {
		t.Errorf("score %v, want about %d", s, maxFirst)
	}
}

func TestManyPeersDoNotGrowTheMemoryOfTheirConduct(t *testing.T) {
	c, liar := newConducts(), peer.ID("liar")
	for range 3 {
		c.broke(liar)
	}
	for i := range 2 * maxConducts {
		c.brought(peer.ID([]byte{byte(i), byte(i >> 8), byte(i >> 16)}))
	}
	if n := len(c.of); n > maxConducts {
		t.Errorf("%d peers are remembered, more than %d", n, maxConducts)
	}
	if c.score(liar) > scoreThresholds().GraylistThreshold {
		t.Error("a crowd made the liar's conduct forgotten")
	}
}
