// Package content holds the nouns of rossgram: the types that every other
// package shares, and little code. Reading it should teach the system.
//
// An account ([AccountID]) is an Ed25519 key. Everything an account says is a
// record, kept under a [Path] in the account's own Merkle search tree. A
// [Commit], signed by a writer key that the account certified ([Certificate]),
// names the root of that tree; the two together are a [Head], and a head is all
// that is needed to verify any record of the account, whoever served it.
// Bytes travel as [Block]s, named by the SHA-256 of their content.
//
// The package guarantees that a value of its types is well-formed once parsed
// or decoded. It checks no signatures: packages keys and repo do.
package content
