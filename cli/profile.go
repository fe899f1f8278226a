package cli

import (
	"context"
	"os"

	urfave "github.com/urfave/cli/v2"

	"rossgram.app/cli/client"
)

// profilePosts is how many posts a profile shows.
const profilePosts = 9

func profileCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "profile",
		Usage:       "show an account, your own if none is named",
		ArgsUsage:   "[WHO]",
		Description: "WHO is an invite, a DID, name@fingerprint, or a name that one account has.",
		Flags:       []urfave.Flag{noPictures},
		Action:      withClient(atMostOneArg, profile),
		Subcommands: []*urfave.Command{{
			Name:  "set",
			Usage: "change your profile; what is not named stays",
			Flags: []urfave.Flag{
				&urfave.StringFlag{Name: "name", Usage: "the `NAME` people see"},
				&urfave.StringFlag{Name: "bio", Usage: "some `TEXT` about you"},
				&urfave.StringFlag{Name: "avatar", Usage: "a `PHOTO`"},
			},
			Action: withClient(noArgs, setProfile),
		}},
	}
}

// profileView is what profile prints with --json.
type profileView struct {
	accountView
	Bio       string     `json:"bio"`
	URL       string     `json:"url"`
	Posts     int        `json:"posts"`
	Followers int        `json:"followers"`
	Following int        `json:"following"`
	Newest    []postView `json:"newest"`
}

func profile(ctx context.Context, s *session, cl *client.Client) error {
	a, err := cl.Me(ctx)
	if who := s.arg(); who != "" {
		a, err = cl.Account(ctx, who)
	}
	if err != nil {
		return err
	}
	list, err := cl.Posts(ctx, a.ID, profilePosts)
	if err != nil {
		return err
	}
	return s.showProfile(ctx, cl, a, list)
}

func (s *session) showProfile(ctx context.Context, cl *client.Client, a client.Account, list []client.Status) error {
	v := profileView{
		accountView: viewOfAccount(a), Bio: textOf(a.Note), URL: a.URL,
		Posts: a.StatusesCount, Followers: a.FollowersCount, Following: a.FollowingCount,
		Newest: viewsOf(list),
	}
	if s.json {
		return s.emit(v)
	}
	s.say("%s (%s)", oneLine(v.Name), oneLine(v.Acct))
	s.say("%s", v.DID)
	if v.Bio != "" {
		s.say("%s", v.Bio)
	}
	s.say("%d posts, follows %d, %d followers known here", v.Posts, v.Following, v.Followers)
	pictures := s.album(ctx, cl)
	for _, p := range v.Newest {
		s.say("")
		p.print(s, pictures)
	}
	return nil
}

func setProfile(ctx context.Context, s *session, cl *client.Client) error {
	var change client.ProfileChange
	if s.c.IsSet("name") {
		v := s.c.String("name")
		change.Name = &v
	}
	if s.c.IsSet("bio") {
		v := s.c.String("bio")
		change.Bio = &v
	}
	if path := s.c.String("avatar"); path != "" {
		f, err := os.Open(path)
		if err != nil {
			return fileError(err)
		}
		defer f.Close()
		change.Avatar = f
	}
	if change == (client.ProfileChange{}) {
		return usagef("name what to change: --name, --bio or --avatar")
	}
	a, err := cl.UpdateProfile(ctx, change)
	if err != nil {
		return err
	}
	return s.showProfile(ctx, cl, a, nil)
}
