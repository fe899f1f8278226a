// Package discover finds the nodes that hold an account: on the local network
// ([StartMDNS]), by invitation ([Invite]), by remembering who held it before
// ([Book]), by asking those that hold it ([Seeker]) and in the DHT of IPFS ([DHT]),
// where a [Publisher] makes this node known. Its [Dialer] keeps trying to be
// connected to holders of the accounts it is told to care about.
//
// It guarantees that what it remembers, how often it dials and what it looks up
// is bounded, whatever peers tell it; that what others say of a peer displaces
// nothing that was learnt from the peer itself; and that an address which a
// stranger on the internet names never makes this node dial into its own network.
// Whether a node that claims to hold an account tells the truth is found out by
// asking it for heads and blocks, which prove themselves.
package discover
