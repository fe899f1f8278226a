package rossgram

import (
	"context"

	"rossgram.app/content"
	"rossgram.app/content/repo"
	"rossgram.app/daemon/api/mastodon"
	"rossgram.app/daemon/api/rest"
	"rossgram.app/daemon/follow"
)

// Fork is evidence that an account signed two histories.
type Fork struct {
	DID       content.AccountID `json:"did"`
	Acct      string            `json:"acct"`
	Own       bool              `json:"own"`
	Epoch     content.Epoch     `json:"epoch"`
	Healed    bool              `json:"healed"`     // a higher epoch is in force
	OneWriter bool              `json:"one_writer"` // one key signed both
	Revs      []content.TID     `json:"revs"`       // of the two commits that contradict each other
	Message   string            `json:"message"`
}

// forks lists the evidence that is kept.
func (a *API) forks(ctx context.Context, _ *rest.Call) (any, error) {
	list := []Fork{}
	for _, id := range a.Follow.ForkedAccounts() {
		f, err := a.Follow.Fork(ctx, id)
		if content.KindOf(err) == content.NotFound {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, err
		}
		entity, err := a.forkOf(ctx, f)
		if err != nil {
			return nil, err
		}
		list = append(list, entity)
	}
	return list, nil
}

func (a *API) forkOf(ctx context.Context, f *repo.Fork) (Fork, error) {
	id, epoch := f.Earlier.Account(), f.Earlier.Commit.Epoch
	of, err := a.accountOf(ctx, id)
	if err != nil {
		return Fork{}, err
	}
	_, two, err := f.Prevails()
	if err != nil {
		return Fork{}, err
	}
	fork := Fork{
		DID: id, Acct: mastodon.Acct(of), Own: a.Replica.Owns(id), Epoch: epoch, OneWriter: !two,
		Revs: []content.TID{f.Earlier.Commit.Rev, f.Later.Commit.Rev}, Message: follow.FollowerForkMessage,
	}
	if fork.Own {
		fork.Message = follow.ForkMessage(f)
	}
	if head, err := a.Replica.Head(ctx, id); err == nil {
		fork.Healed = head.Commit.Epoch > epoch
	}
	return fork, nil
}

// fork hands out the evidence itself, in DAG-CBOR.
func (a *API) fork(ctx context.Context, c *rest.Call) (any, error) {
	id, err := content.ParseAccountID(c.Path("did"))
	if err != nil {
		return nil, err
	}
	f, err := a.Follow.Fork(ctx, id)
	if content.KindOf(err) == content.NotFound {
		return nil, content.Errorf("rossgram.fork", content.NotFound, "there is no evidence of a fork of "+id.String())
	}
	if err != nil {
		return nil, err
	}
	b, err := f.Encode()
	if err != nil {
		return nil, err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "application/vnd.ipld.dag-cbor")
	h.Set("Cache-Control", "no-store")
	if _, err := c.Writer.Write(b); err != nil {
		return nil, err
	}
	return rest.Written, nil
}

// yield ends posting on this machine in favour of a copy of its home.
func (a *API) yield(ctx context.Context, c *rest.Call) (any, error) {
	return rest.NoContent, a.Follow.Yield(ctx, c.Account())
}
