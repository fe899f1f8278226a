package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Token is a named way in for another program. Secret is there only in the
// answer of [Client.CreateToken].
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	App        *App       `json:"app,omitempty"` // nil if the owner made it
	Secret     string     `json:"token,omitempty"`
}

// App is an app that was let in, by its own account of itself.
type App struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Website  string `json:"website"`
}

// CreateToken makes a token; no scopes are the daemon's own choice.
func (c *Client) CreateToken(ctx context.Context, name string, scopes []string) (Token, error) {
	in := map[string]any{"name": name}
	if len(scopes) > 0 {
		in["scopes"] = scopes
	}
	var t Token
	return t, c.send(ctx, http.MethodPost, Ours+"tokens", in, &t)
}

// Tokens returns the named tokens.
func (c *Client) Tokens(ctx context.Context) ([]Token, error) {
	var ts []Token
	return ts, c.get(ctx, Ours+"tokens", nil, &ts)
}

// RevokeToken makes a token useless.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, Ours+"tokens/"+url.PathEscape(id), nil, nil)
}
