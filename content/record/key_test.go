package record_test

import (
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

// The account is the first of the did:key method's examples; the keys were
// computed apart from this package.
func TestKeys(t *testing.T) {
	account, err := content.ParseAccountID("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	if err != nil {
		t.Fatal(err)
	}
	post := record.Subject{Account: account, Path: "app.rossgram.post/3jzfcijpj2z2a"}
	for name, c := range map[string][2]string{
		"follow": {record.FollowKey(account), "wp6ey2zrdbuejbvcvxnvqobghlk4ge26"},
		"block":  {record.BlockKey(account), "i3av4kew5a5yg3gvzr57xnlrtkci2mad"},
		"like":   {record.LikeKey(post), "2su4p632vi7lfjsq6cqrfxubpngpenwq"},
		"reblog": {record.ReblogKey(post), "fukzzvyzk2zndlfrcpxl4zejpxnalxfo"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: got %s, want %s", name, c[0], c[1])
		}
	}
}

// A field that this version does not know is no part of what a subject names.
func TestSubjectIsWhatItNames(t *testing.T) {
	b := encodeAny(t, map[string]any{
		"$type": "app.rossgram.like", "created": 1,
		"subject": map[string]any{"account": aPost.Account, "path": aPost.Path, "newer": 1},
	})
	r, err := record.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	like := r.(*record.Like)
	if like.Subject.URI() != aPost.URI() || record.LikeKey(like.Subject) != record.LikeKey(aPost) {
		t.Errorf("got %v", like.Subject.URI())
	}
}
