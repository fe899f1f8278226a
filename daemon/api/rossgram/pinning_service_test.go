package rossgram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"github.com/ipld/go-ipld-prime/traversal"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"rossgram.app/content"
	"rossgram.app/content/unixfs"
	"rossgram.app/daemon/api/internal/apitest"
)

// pinService is a pinning service as the IPFS Pinning Service API v1 describes it: a
// plain libp2p host with boxo's bitswap behind the four routes. It fetches what it is
// to pin from the origins.
type pinService struct {
	*httptest.Server
	t      *testing.T
	token  string
	host   host.Host
	swap   *bitswap.Bitswap
	blocks blockstore.Blockstore
	ctx    context.Context
	work   sync.WaitGroup

	mu      sync.Mutex
	pins    map[string]*pinObject // by request ID
	next    int
	down    bool // every route answers 503
	loseOne bool // the next pin is made, and its answer lost
	posts   int  // pins asked for by POST
}

type pinObject struct {
	ID        string            `json:"requestid"`
	Status    string            `json:"status"`
	Created   time.Time         `json:"created"`
	Pin       pinBody           `json:"pin"`
	Delegates []string          `json:"delegates"`
	Info      map[string]string `json:"info,omitempty"`
}

type pinBody struct {
	CID     string            `json:"cid"`
	Name    string            `json:"name,omitempty"`
	Origins []string          `json:"origins,omitempty"`
	Meta    map[string]string `json:"meta,omitempty"`
}

func newPinService(t *testing.T) *pinService {
	s := &pinService{t: t, token: "secret-token", pins: make(map[string]*pinObject)}
	s.host = apitest.Must(libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay()))(t)
	s.blocks = blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx = ctx
	s.swap = bitswap.New(ctx, bsnet.NewFromIpfsHost(s.host), nil, s.blocks)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /psa/pins", s.list)
	mux.HandleFunc("POST /psa/pins", s.add)
	mux.HandleFunc("GET /psa/pins/{id}", s.get)
	mux.HandleFunc("POST /psa/pins/{id}", s.replace)
	mux.HandleFunc("DELETE /psa/pins/{id}", s.remove)
	s.Server = httptest.NewServer(s.guard(mux))
	t.Cleanup(func() {
		s.Close()
		cancel()
		s.work.Wait()
		s.swap.Close()
		s.host.Close()
	})
	return s
}

func (s *pinService) endpoint() string { return s.URL + "/psa" }

func (s *pinService) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		down := s.down
		s.mu.Unlock()
		switch {
		case down:
			fail(w, http.StatusServiceUnavailable, "INTERNAL_SERVER_ERROR", "down for a while")
		case r.Header.Get("Authorization") != "Bearer "+s.token:
			fail(w, http.StatusUnauthorized, "UNAUTHORIZED", "Access token is missing or invalid")
		default:
			h.ServeHTTP(w, r)
		}
	})
}

func fail(w http.ResponseWriter, code int, reason, details string) {
	reply(w, code, map[string]any{"error": map[string]string{"reason": reason, "details": details}})
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *pinService) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	statuses := []string{"pinned"}
	if q.Has("status") {
		statuses = strings.Split(q.Get("status"), ",")
	}
	limit := 10
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > 1000 {
			fail(w, http.StatusBadRequest, "BAD_REQUEST", "limit")
			return
		}
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []pinObject{}
	for _, p := range s.pins {
		if slices.Contains(statuses, p.Status) && (!q.Has("cid") || slices.Contains(strings.Split(q.Get("cid"), ","), p.Pin.CID)) &&
			(!q.Has("name") || q.Get("name") == p.Pin.Name) {
			found = append(found, *p)
		}
	}
	slices.SortFunc(found, func(a, b pinObject) int { return b.Created.Compare(a.Created) })
	reply(w, http.StatusOK, map[string]any{"count": len(found), "results": found[:min(len(found), limit)]})
}

// take makes a pin of a request's body; nil if it is none.
func (s *pinService) take(w http.ResponseWriter, r *http.Request) *pinObject {
	var body pinBody
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	d.DisallowUnknownFields()
	err := d.Decode(&body)
	if err == nil {
		_, err = cid.Decode(body.CID)
	}
	if err != nil || len(body.Name) > 255 || len(body.Origins) > 20 {
		fail(w, http.StatusBadRequest, "BAD_REQUEST", fmt.Sprint(err))
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	p := &pinObject{ID: fmt.Sprint("request-", s.next), Status: "queued", Created: time.Now().UTC(), Pin: body, Delegates: []string{}}
	for _, a := range s.host.Addrs() {
		p.Delegates = append(p.Delegates, a.String()+"/p2p/"+s.host.ID().String())
	}
	s.pins[p.ID] = p
	s.work.Go(func() { s.fetch(p.ID, body) })
	copied := *p
	return &copied
}

func (s *pinService) add(w http.ResponseWriter, r *http.Request) {
	p := s.take(w, r)
	if p == nil {
		return
	}
	s.mu.Lock()
	s.posts++
	lose := s.loseOne
	s.loseOne = false
	s.mu.Unlock()
	if lose {
		panic(http.ErrAbortHandler)
	}
	reply(w, http.StatusAccepted, p)
}

func (s *pinService) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pins[r.PathValue("id")]
	if p == nil {
		fail(w, http.StatusNotFound, "NOT_FOUND", "The specified resource was not found")
		return
	}
	reply(w, http.StatusOK, p)
}

func (s *pinService) drop(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.pins[id]
	delete(s.pins, id)
	return ok
}

func (s *pinService) replace(w http.ResponseWriter, r *http.Request) {
	if !s.drop(r.PathValue("id")) {
		fail(w, http.StatusNotFound, "NOT_FOUND", "The specified resource was not found")
		return
	}
	if p := s.take(w, r); p != nil {
		reply(w, http.StatusAccepted, p)
	}
}

func (s *pinService) remove(w http.ResponseWriter, r *http.Request) {
	if !s.drop(r.PathValue("id")) {
		fail(w, http.StatusNotFound, "NOT_FOUND", "The specified resource was not found")
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// fetch gets a DAG from the origins by bitswap.
func (s *pinService) fetch(id string, p pinBody) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	for _, origin := range p.Origins {
		if info, err := peer.AddrInfoFromString(origin); err == nil {
			_ = s.host.Connect(ctx, *info)
		}
	}
	root, err := cid.Decode(p.CID)
	if err == nil {
		err = s.fetchBelow(ctx, root)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.pins[id]; o != nil {
		o.Status = "pinned"
		if err != nil {
			o.Status, o.Info = "failed", map[string]string{"status_details": err.Error()}
		}
	}
}

func (s *pinService) fetchBelow(ctx context.Context, c cid.Cid) error {
	b, err := s.swap.GetBlock(ctx, c)
	if err != nil {
		return err
	}
	if err := s.blocks.Put(ctx, b); err != nil {
		return err
	}
	below := unixfs.Links(c, b.RawData())
	if content.Codec(c.Prefix().Codec) == content.DagCBOR {
		node := basicnode.Prototype.Any.NewBuilder()
		if err := dagcbor.Decode(node, bytes.NewReader(b.RawData())); err != nil {
			return err
		}
		links, err := traversal.SelectLinks(node.Build())
		if err != nil {
			return err
		}
		for _, l := range links {
			below = append(below, l.(cidlink.Link).Cid)
		}
	}
	for _, l := range below {
		if err := s.fetchBelow(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether the service has a block.
func (s *pinService) holds(text string) bool {
	c, err := cid.Decode(text)
	has, herr := s.blocks.Has(context.Background(), c)
	return err == nil && herr == nil && has
}

// named counts the pins of a name.
func (s *pinService) named(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pins {
		if p.Pin.Name == name {
			n++
		}
	}
	return n
}

func (s *pinService) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}
