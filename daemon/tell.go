package daemon

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/event"
	"rossgram.app/daemon/index"
	"rossgram.app/daemon/replica"
	"rossgram.app/p2p"
)

// maxTold is how many changes of one step are told one by one; whoever shows a
// timeline reads it anew when there are more.
const maxTold = 100

// postData is the Data of post and delete events. ID is that of the status, and
// empty for a deleted one.
type postData struct {
	Account content.AccountID `json:"did"`
	URI     content.URI       `json:"uri"`
	ID      string            `json:"id,omitempty"`
}

// responseData is the Data of response events: whose record it is that is there or
// gone now.
type responseData struct {
	Account content.AccountID `json:"did"`
	URI     content.URI       `json:"uri"`
}

// profileData is the Data of profile events.
type profileData struct {
	Account content.AccountID `json:"did"`
}

// peerData is the Data of peer events.
type peerData struct {
	ID     string `json:"id"`
	Change string `json:"change"` // connected, identified or disconnected
}

// teller turns what happens into events.
type teller struct {
	bus   *event.Bus
	index *index.Index
}

// watch tells of a step; it is a [replica.Watcher], behind that of the index.
func (t *teller) watch(ctx context.Context, u replica.Update) error {
	for i, rc := range u.Records {
		if i == maxTold {
			t.bus.Publish(event.Lost, event.LostEvents{Count: len(u.Records) - maxTold})
			break
		}
		t.tell(ctx, u.Account, rc)
	}
	return nil
}

func (t *teller) tell(ctx context.Context, account content.AccountID, rc repo.RecordChange) {
	uri := content.URI{Account: account, Path: rc.Path}
	switch rc.Path.Collection() {
	case content.CollectionProfile:
		t.bus.Publish(event.Profile, profileData{account})
	case content.CollectionPost:
		if !rc.New.Defined() {
			t.bus.Publish(event.Delete, postData{Account: account, URI: uri})
		} else if entry, err := t.index.PostByURI(ctx, uri); err == nil { // else it can't be shown
			t.bus.Publish(event.Post, postData{account, uri, entry.ID.String()})
		}
	case content.CollectionLike, content.CollectionReblog, content.CollectionComment, content.CollectionFollow, content.CollectionResponses:
		t.bus.Publish(event.Response, responseData{account, uri})
	}
}

// tellPeers tells of peers until the host closes.
func (t *teller) tellPeers(peers <-chan p2p.PeerEvent) {
	for e := range peers {
		t.bus.Publish(event.Peer, peerData{e.Peer.String(), e.Change.String()})
	}
}
