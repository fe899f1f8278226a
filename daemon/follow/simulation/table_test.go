package simulation

import (
	"fmt"
	"io"
	"time"
)

// write prints figures as Markdown.
func (f *figures) write(w io.Writer) {
	fmt.Fprintf(w, "%d posts, %.0f hours of nodes online.\n\n", f.posts, f.nodeTime.Hours())
	fmt.Fprintln(w, "| what | times | never | p50 | p90 | p99 | longest |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|")
	f.live.write(w, "post, to followers who are online")
	f.photos.write(w, "its photo")
	f.there.write(w, "earlier posts, to a follower who comes; author online")
	f.away.write(w, "the same; author off, another holder online")
	fmt.Fprintf(w, "| the same; nobody online who has the post | %d | | | | | |\n", f.nobody)

	fmt.Fprintln(w, "\n| followers | accounts | had while the author is off | with a mirror |")
	fmt.Fprintln(w, "|--:|--:|--:|--:|")
	for _, c := range f.classes {
		if c.accounts > 0 {
			fmt.Fprintf(w, "| %s | %d | %s | %s |\n", c.name(), c.accounts, c.plain, c.kept)
		}
	}

	fmt.Fprintln(w, "\n| of a node | p50 | p99 | most |")
	fmt.Fprintln(w, "|---|--:|--:|--:|")
	fmt.Fprintf(w, "| MB an hour online, sent and received | %.1f | %.1f | %.1f |\n", quantile(f.traffic, .5), quantile(f.traffic, .99), quantile(f.traffic, 1))
	fmt.Fprintf(w, "| connections | %d | %d | %d |\n", quantile(f.links, .5), quantile(f.links, .99), quantile(f.links, 1))
	fmt.Fprintf(w, "\nIn an hour online a node moves %.1f MB on average, takes %.1f MB of photos, and has %.0f new connections.\n", f.moved, f.payload, f.opened)
}

func (d *delays) write(w io.Writer, what string) {
	fmt.Fprintf(w, "| %s | %d | %d | %s | %s | %s | %s |\n", what, len(d.took)+d.missed, d.missed,
		short(d.at(.5)), short(d.at(.9)), short(d.at(.99)), short(d.at(1)))
}

func (c class) name() string {
	switch {
	case c.least == c.most:
		return fmt.Sprint(c.least)
	case c.least >= 64:
		return fmt.Sprint(c.least, " and more")
	}
	return fmt.Sprintf("%d–%d", c.least, c.most)
}

func (s share) String() string {
	if s.all == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", s.percent())
}

// short leaves out what nobody needs to know.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

func quantile[T int | float64](sorted []T, share float64) T {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
