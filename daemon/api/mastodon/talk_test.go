package mastodon_test

import (
	"strings"
	"testing"

	gomastodon "github.com/mattn/go-mastodon"
)

// client is a library that knows nothing of rossgram, in the name of an account.
func (a *app) client() *gomastodon.Client {
	return gomastodon.NewClient(&gomastodon.Config{Server: a.node.server.URL, AccessToken: a.token})
}

// TestAConversationInAnAppThatIsNotOurs likes, replies, reads the thread and what is
// told of it.
func TestAConversationInAnAppThatIsNotOurs(t *testing.T) {
	_, apps := newNode(t, "Anna", "Ben")
	anna, ben, ctx := apps[0].client(), apps[1].client(), t.Context()
	post := gomastodon.ID(apps[0].post("Sea").ID)

	liked, err := ben.Favourite(ctx, post)
	must(t, err)
	if liked.Favourited != true || liked.FavouritesCount != 1 {
		t.Errorf("liked: %+v", liked)
	}
	reply, err := ben.PostStatus(ctx, &gomastodon.Toot{Status: "Lovely", InReplyToID: post})
	must(t, err)
	if reply.InReplyToID != string(post) || reply.Account.Username != "Ben" {
		t.Errorf("replied: %+v", reply)
	}
	around, err := ben.GetStatusContext(ctx, post)
	must(t, err)
	if len(around.Ancestors) != 0 || len(around.Descendants) != 1 || around.Descendants[0].ID != reply.ID {
		t.Errorf("the thread: %+v", around)
	}
	if around, err = ben.GetStatusContext(ctx, reply.ID); err != nil || len(around.Ancestors) != 1 || around.Ancestors[0].ID != post {
		t.Errorf("above the reply: %+v, %v", around, err)
	}
	reblogged, err := ben.Reblog(ctx, post)
	must(t, err)
	if reblogged.Reblog == nil || reblogged.Reblog.ID != post {
		t.Errorf("reblogged: %+v", reblogged)
	}
	who, err := anna.GetFavouritedBy(ctx, post, nil)
	must(t, err)
	if len(who) != 1 || who[0].Username != "Ben" {
		t.Errorf("liked by %+v", who)
	}
	tellsAnApp(t, anna, reply.ID, post)

	edited, err := ben.UpdateStatus(ctx, &gomastodon.Toot{Status: "Lovely!"}, reply.ID)
	must(t, err)
	if !strings.Contains(edited.Content, "Lovely!") {
		t.Errorf("edited: %+v", edited)
	}
	must(t, ben.DeleteStatus(ctx, reply.ID))
	if _, err = ben.Unfavourite(ctx, post); err != nil {
		t.Error(err)
	}
	if mine, err := ben.GetFavourites(ctx, nil); err != nil || len(mine) != 0 {
		t.Errorf("liked: %v, %v", mine, err)
	}
}

// tellsAnApp looks at the notifications of a like, a reply and a reblog.
func tellsAnApp(t *testing.T, c *gomastodon.Client, reply, post gomastodon.ID) {
	t.Helper()
	var pg gomastodon.Pagination
	list, err := c.GetNotifications(t.Context(), &pg)
	must(t, err)
	want := []struct {
		kind string
		of   gomastodon.ID
	}{{"reblog", post}, {"mention", reply}, {"favourite", post}}
	if len(list) != len(want) {
		t.Fatalf("%d notifications, want %d", len(list), len(want))
	}
	for i, w := range want {
		if n := list[i]; n.Type != w.kind || n.Status.ID != w.of || n.Account.Username != "Ben" || n.CreatedAt.IsZero() {
			t.Errorf("notification %d: %+v", i, n)
		}
	}
	must(t, c.DismissNotification(t.Context(), list[0].ID))
	must(t, c.ClearNotifications(t.Context()))
	if list, err = c.GetNotifications(t.Context(), nil); err != nil || len(list) != 0 {
		t.Errorf("after clearing: %v, %v", list, err)
	}
}
