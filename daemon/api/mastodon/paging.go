package mastodon

import (
	"fmt"
	"strings"

	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/index"
)

// maxPage is how many posts an answer has at most, as Mastodon's.
const maxPage = 40

// page reads max_id, since_id, min_id and limit.
func page(q rest.Params) (index.Page, error) {
	var p index.Page
	for name, to := range map[string]*index.StatusID{"max_id": &p.MaxID, "since_id": &p.SinceID, "min_id": &p.MinID} {
		if q.Get(name) == "" {
			continue
		}
		id, err := index.ParseStatusID(q.Get(name))
		if err != nil {
			return p, err
		}
		*to = id
	}
	var err error
	p.Limit, err = q.Int("limit", index.DefaultLimit, 1, maxPage)
	return p, err
}

// linkPages says in the Link header (RFC 8288) where the older and the newer
// entries of a page are, as Mastodon does.
func linkPages(c *rest.Call, p index.Page, ids []index.StatusID) {
	if len(ids) == 0 {
		return
	}
	prev := linkTo(c, "prev", "min_id", ids[0].String())
	if len(ids) < p.Limit {
		c.Writer.Header().Set("Link", prev)
		return
	}
	next := linkTo(c, "next", "max_id", ids[len(ids)-1].String())
	c.Writer.Header().Set("Link", strings.Join([]string{next, prev}, ", "))
}

// linkTo is a link to the same answer from another place on.
func linkTo(c *rest.Call, rel, cursor, value string) string {
	q := c.Request.URL.Query()
	for _, other := range []string{"max_id", "since_id", "min_id"} {
		q.Del(other)
	}
	q.Set(cursor, value)
	return fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.Base, c.Request.URL.EscapedPath(), q.Encode(), rel)
}
