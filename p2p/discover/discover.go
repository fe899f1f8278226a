// Package discover finds the nodes that hold an account: on the local network
// ([StartMDNS]), by invitation ([Invite]), and by remembering who held it before
// ([Book]). Its [Dialer] keeps trying to be connected to holders of the accounts
// it is told to care about.
//
// It guarantees that what it remembers and how often it dials is bounded,
// whatever peers tell it, and that an address which a stranger on the internet
// names never makes this node dial into its own network. Whether a node that
// claims to hold an account tells the truth is found out by asking it for heads
// and blocks, which prove themselves.
package discover
