package oauth

import (
	"crypto/rand"
	"time"

	"rossgram.app/content"
)

const (
	// ticketLifetime is how long the page that asks can be answered.
	ticketLifetime = 10 * time.Minute
	// maxTickets is how many such pages can be open; only owners open them.
	maxTickets = 64
)

// ticket is the right to answer one request in the name of one account. Who has it
// was shown the page, so that no other page can answer in their stead.
type ticket struct {
	request
	account content.AccountID
	expires time.Time
}

// issue returns a new ticket's secret.
func (a *API) issue(q request, account content.AccountID) string {
	secret := rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dropTickets()
	a.tickets[secret] = ticket{q, account, a.Now().Add(ticketLifetime)}
	return secret
}

// dropTickets makes room for one. The mutex is held.
func (a *API) dropTickets() {
	now, first := a.Now(), ""
	for secret, t := range a.tickets {
		if !now.Before(t.expires) {
			delete(a.tickets, secret)
		} else if f, ok := a.tickets[first]; !ok || t.expires.Before(f.expires) {
			first = secret
		}
	}
	if len(a.tickets) >= maxTickets {
		delete(a.tickets, first)
	}
}

// redeem takes a ticket.
func (a *API) redeem(secret string) (ticket, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tickets[secret]
	delete(a.tickets, secret)
	return t, ok && a.Now().Before(t.expires)
}
