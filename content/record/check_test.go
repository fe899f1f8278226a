package record_test

import (
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/record"
)

func TestCheckPath(t *testing.T) {
	follow := records()["follow"]
	post := records()["post"]
	mirror := records()["mirror"].(*record.Mirror)
	like, reblog, comment := records()["like"], records()["reblog"], records()["comment"]
	responses := records()["responses"]
	good := map[content.Path]record.Record{
		"app.rossgram.responses/3jzfcijpj2z2a":                                   responses,
		"app.rossgram.comment/3jzfcijpj2z2a":                                     comment,
		content.NewPath(content.CollectionBlock, record.BlockKey(somebody)):      records()["block"],
		content.NewPath(content.CollectionLike, record.LikeKey(aPost)):           like,
		content.NewPath(content.CollectionReblog, record.ReblogKey(aPost)):       reblog,
		"app.rossgram.profile/self":                                              records()["profile"],
		"app.rossgram.post/3jzfcijpj2z2a":                                        post,
		content.NewPath(content.CollectionFollow, record.FollowKey(somebody)):    follow,
		content.NewPath(content.CollectionMirror, record.MirrorKey(mirror.Node)): mirror,
	}
	for p, r := range good {
		if err := record.Check(p, r); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	bad := map[content.Path]record.Record{
		"app.rossgram.profile/other":                                         records()["profile"],
		"app.rossgram.post/self":                                             post,
		"app.rossgram.follow/self":                                           follow,
		"app.rossgram.mirror/00":                                             mirror,
		"app.rossgram.responses/self":                                        responses,
		"app.rossgram.comment/self":                                          comment,
		"app.rossgram.post/3jzfcijpj2z2b":                                    comment,
		"app.rossgram.like/self":                                             like,
		content.NewPath(content.CollectionLike, record.ReblogKey(aPost)):     like,
		content.NewPath(content.CollectionReblog, record.LikeKey(aPost)):     reblog,
		content.NewPath(content.CollectionBlock, record.FollowKey(somebody)): records()["block"],
		"app.rossgram.story/3jzfcijpj2z2a":                                   post,
		"post/3jzfcijpj2z2a":                                                 post,
	}
	for p, r := range bad {
		if record.Check(p, r) == nil {
			t.Errorf("%s accepted", p)
		}
	}
}
