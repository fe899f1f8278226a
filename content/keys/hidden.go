package keys

// hidden is a secret where package fmt cannot find it. fmt reads unexported
// fields without asking their String methods, and pointers too for a verb that
// does not fit; of a function it prints the address.
type hidden[T any] func() T

func hide[T any](secret T) hidden[T] { return func() T { return secret } }
