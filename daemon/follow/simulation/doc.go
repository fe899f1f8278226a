// Package simulation lets many nodes follow each other through days of a simulated
// network, in minutes of computing, and measures what reaches whom, how soon, and
// at what cost. It is tests only.
//
// A node is what it is in a daemon: store, replica, announcements, comparison of
// heads, pulls, exchange of blocks, the address book, dialling and looking for
// holders, and the keeper of follows, each on its own home on disk, closed when its
// owner goes off and opened again from that home. Simulated are the network (QUIC
// over packets that are delayed, lost and held up by slow lines; no routers, no DHT,
// no local network), time, and people: whom they follow, when they are online, when
// they post.
//
// What comes out are figures of a run, not guarantees: the nodes run concurrently,
// so that no two runs are the same.
package simulation
