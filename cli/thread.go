package cli

import (
	"context"
	"strings"

	"rossgram.app/cli/client"
)

// threadView is the conversation around a post or a comment as --json prints it.
type threadView struct {
	postView
	Ancestors   []postView `json:"ancestors"`
	Descendants []postView `json:"descendants"`
}

// viewThread returns what is around a post or a comment. The answers to a comment are
// counted here: by itself it does not say how many there are.
func viewThread(ctx context.Context, cl *client.Client, v postView) (threadView, error) {
	t, err := cl.Thread(ctx, v.ID)
	if v.InReplyTo != "" {
		v.Comments = 0
		for _, d := range t.Descendants {
			if d.InReplyTo == v.ID {
				v.Comments++
			}
		}
	}
	return threadView{v, viewsOf(t.Ancestors), viewsOf(t.Descendants)}, err
}

// maxIndent is how deep answers are set apart, so that lines stay long.
const maxIndent = 6

// printAbove writes what a comment answers, from the post on.
func (t threadView) printAbove(s *session) {
	for _, v := range t.Ancestors {
		v.printComment(s, 0)
		s.say("")
	}
}

// printBelow writes what was said to it, each a step further in than what it answers.
func (t threadView) printBelow(s *session) {
	depth := map[string]int{t.ID: 0}
	for _, v := range t.Descendants {
		depth[v.ID] = min(depth[v.InReplyTo]+1, maxIndent)
		s.say("")
		v.printComment(s, depth[v.ID])
	}
}

// printComment writes a post without its pictures, or a comment, with the id by which
// it can be answered.
func (v postView) printComment(s *session, depth int) {
	indent, pending := strings.Repeat("  ", depth), ""
	if v.Pending {
		pending = ", not listed by the post's author yet"
	}
	s.say("%s%s (%s), %s, %s%s", indent, oneLine(v.Author.Name), oneLine(v.Author.Acct), moment(v.CreatedAt), v.ID, pending)
	if v.Spoiler != "" {
		s.say("%sWarning: %s", indent, oneLine(v.Spoiler))
	}
	for line := range strings.SplitSeq(v.Caption, "\n") {
		s.say("%s%s", indent, line)
	}
	if counts := v.counts(); counts != "" {
		s.say("%s%s", indent, counts)
	}
}
