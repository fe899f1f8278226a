package outbox

import "rossgram.app/content"

// Look has the outbox look what is due, as when its clock was moved.
func (o *Outbox) Look() { o.woken() }

// Concerned is whom a record concerns.
func Concerned(actor content.AccountID, p content.Path, data []byte) []content.AccountID {
	list, _ := concerned(actor, p, data)
	return list
}
