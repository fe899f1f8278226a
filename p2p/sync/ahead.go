package sync

import (
	"github.com/ipfs/go-cid"
)

// aheadPosts is of how many records, the last ones, a pull may bring files: records
// come in the order of their paths, so that they are the newest posts.
const aheadPosts = 256

// newest remembers the files of the last records that a pull has brought, for both
// sides to go through in one order.
type newest struct {
	filesOf func(record []byte) []cid.Cid
	posts   [][]cid.Cid // a ring once it is full
	next    int
}

// add takes a record; one without files is left out.
func (n *newest) add(record []byte) {
	files := n.filesOf(record)
	switch {
	case len(files) == 0:
	case len(n.posts) < aheadPosts:
		n.posts = append(n.posts, files)
	default:
		n.posts[n.next] = files
		n.next = (n.next + 1) % aheadPosts
	}
}

// files returns what was remembered: the last record's files first, those of one
// record in their order.
func (n *newest) files() []cid.Cid {
	var list []cid.Cid
	for i := range n.posts {
		list = append(list, n.posts[(n.next+len(n.posts)-1-i)%len(n.posts)]...)
	}
	return list
}
