package rossgram

import (
	"context"
	"time"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/mirror"
	protocol "rossgram.app/p2p/mirror"
)

// Holders is who holds a post, as far as is known here.
type Holders struct {
	URI     content.URI    `json:"uri"`
	CID     string         `json:"cid"`
	Here    protocol.Level `json:"here"`
	Holders []Holder       `json:"holders"`
	Pinned  []PinnedAt     `json:"pinned"` // at pinning services
	// Whole, Renditions and Records count the holders that have so much and no more.
	Whole      int `json:"whole"`
	Renditions int `json:"renditions"`
	Records    int `json:"records"`
}

// Holder is another node that says it holds a post, and has shown a sample.
type Holder struct {
	Node      string         `json:"node"`
	Holds     protocol.Level `json:"holds"`
	AsOf      time.Time      `json:"as_of"`
	Mirror    bool           `json:"mirror"`
	Connected bool           `json:"connected"`
}

// holders answers with what receipts say; with ?ask=true those connected are asked
// now. Of somebody else's post nothing is remembered, so they are asked anyway.
func (a *API) holders(ctx context.Context, c *rest.Call) (any, error) {
	entry, err := a.Mastodon.ResolvePost(ctx, c.Path("uri"))
	if err != nil {
		return nil, err
	}
	tid, err := content.ParseTID(entry.URI.Path.RecordKey())
	if err != nil {
		return nil, err
	}
	post := protocol.Post{TID: tid, Record: entry.CID}
	known := a.Mirrors.Holders
	if _, ours := a.Replica.Hosted(entry.Author); !ours || c.Query().Bool("ask", false) {
		known = a.Mirrors.Look
	}
	list, err := known(ctx, entry.Author, post)
	if err != nil {
		return nil, err
	}
	h := Holders{URI: entry.URI, CID: entry.CID.String(), Holders: []Holder{}}
	if h.Here, err = a.Mirrors.Level(ctx, post); err != nil {
		return nil, err
	}
	for _, holder := range list {
		h.add(a, holder)
	}
	h.Pinned = a.pinnedAt(entry.URI)
	return h, nil
}

func (h *Holders) add(a *API, holder mirror.Holder) {
	_, connected := a.Host.Peer(holder.Node)
	h.Holders = append(h.Holders, Holder{holder.Node.String(), holder.Level, holder.Time.UTC(), holder.Mirror, connected})
	switch holder.Level {
	case protocol.Whole:
		h.Whole++
	case protocol.Renditions:
		h.Renditions++
	case protocol.Records:
		h.Records++
	}
}
