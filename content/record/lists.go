package record

import (
	"encoding/binary"
	"math"

	"rossgram.app/content/dagcbor"
)

// maxEntries is the longest list that a field may have, but for those of [longest]:
// enough for all of them. An entry of one byte becomes a struct of hundreds, so that
// lists are bounded before they are decoded.
const maxEntries = max(MaxPhotos, MaxTags, MaxRenditions, MaxFields, MaxMentions, MaxPeople)

// longest returns how many entries a list may have in a field of this name.
func longest(field string) int {
	switch field {
	case "newest":
		return MaxNewest
	case "pages":
		return MaxPages
	case "comments", "writers":
		return MaxPageComments
	}
	return maxEntries
}

// entries reads the head of a canonical array (RFC 8949, section 3); what is none
// has none.
func entries(b dagcbor.RawValue) int {
	const array, oneByte, twoBytes = 4, 24, 25
	if len(b) == 0 || b[0]>>5 != array {
		return 0
	}
	switch count := b[0] & 31; {
	case count < oneByte:
		return int(count)
	case count == oneByte && len(b) > 1:
		return int(b[1])
	case count == twoBytes && len(b) > 2:
		return int(binary.BigEndian.Uint16(b[1:]))
	}
	return math.MaxInt
}
