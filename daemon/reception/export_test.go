package reception

import (
	"context"
	"encoding/binary"

	"rossgram.app/content"
)

// FillLedger has n made-up accounts like a post.
func FillLedger(r *Reception, account content.AccountID, post content.TID, n int) error {
	b := r.room.Batch(context.Background())
	defer b.Discard()
	name := postName{account, post}
	like := content.Sum(content.DagCBOR, []byte("like"))
	for i := range n {
		var who content.AccountID
		binary.BigEndian.PutUint32(who[:], uint32(i)+1)
		value := append(like.Bytes(), number(uint64(i))...)
		if err := b.Set(ledgerKey(name, content.CollectionLike, who), value); err != nil {
			return err
		}
	}
	return b.Flush()
}
