package sync

// bitmap has a bit for each account asked about.
type bitmap []byte

func newBitmap(n int) bitmap { return make(bitmap, (n+7)/8) }

func (b bitmap) set(i int) { b[i/8] |= 1 << (i % 8) }

func (b bitmap) has(i int) bool { return b[i/8]&(1<<(i%8)) != 0 }
