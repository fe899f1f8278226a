package cli

import (
	"context"

	"rossgram.app/cli/client"
)

// forecast prints what following would take.
func forecast(ctx context.Context, s *session, cl *client.Client) error {
	f, err := cl.Forecast(ctx, s.arg())
	if err != nil {
		return err
	}
	if s.json {
		return s.emit(f)
	}
	name := f.Acct
	if name == "" {
		name = f.DID
	}
	s.say("%s: %d posts", oneLine(name), f.Posts)
	s.say("disk       %s here: %s of records, %s of pictures, %s of full-size photos exist; there is room for %s",
		size(f.DiskBytes), size(f.RecordsBytes), size(f.RenditionsBytes), size(f.SourcesBytes), size(f.LeftBytes))
	s.say("traffic    about %s a day, by the last 30 days", size(f.DailyBytes))
	if f.From != "" {
		s.tell("So says the node %s; nothing proves it.", f.From)
	}
	return nil
}
