package outbox

import (
	"slices"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// concerning are the collections whose records concern other accounts.
var concerning = []content.Collection{
	content.CollectionFollow, content.CollectionLike, content.CollectionReblog,
	content.CollectionComment, content.CollectionPost,
}

// concerned returns the accounts that a record under a path concerns, each once, but
// its own author, and when it was made. One that can't be read concerns nobody.
func concerned(actor content.AccountID, p content.Path, data []byte) (list []content.AccountID, made record.Time) {
	r, err := record.Decode(data)
	if err != nil || record.Check(p, r) != nil {
		return nil, 0
	}
	all, made := named(r)
	for _, a := range all {
		if a != actor && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list, made
}

// named returns the accounts that a record names as those it is for.
func named(r record.Record) ([]content.AccountID, record.Time) {
	switch r := r.(type) {
	case *record.Follow:
		return []content.AccountID{r.Subject}, r.Created
	case *record.Like:
		return []content.AccountID{r.Subject.Account}, r.Created
	case *record.Reblog:
		return []content.AccountID{r.Subject.Account}, r.Created
	case *record.Comment:
		list := []content.AccountID{r.Post.Account}
		if r.Parent != nil {
			list = append(list, r.Parent.Account)
		}
		return append(list, r.Mentions...), r.Created
	case *record.Post:
		list := slices.Clone(r.Mentions)
		for _, photo := range r.Photos {
			for _, person := range photo.People {
				list = append(list, person.Account)
			}
		}
		return list, r.Created
	}
	return nil, 0
}

func isConcerning(c content.Collection) bool { return slices.Contains(concerning, c) }
