package record

import "rossgram.app/content"

// The limits of records, in one table. Characters are extended grapheme clusters
// (see [Characters]), as people count them; a bound in bytes stands beside each, so that
// counting is bounded too: [BytesPerCharacter] bytes for each character, which
// the longest emoji sequences need.
const (
	MaxSize           = content.MaxNodeSize // bytes of an encoded record
	BytesPerCharacter = 10                  // on the average of one text

	MaxName       = 64 // characters of a profile's name
	MaxBio        = 500
	MaxFields     = 8
	MaxFieldName  = 64
	MaxFieldValue = 256

	MaxCaption  = 2200 // characters
	MaxPhotos   = 20   // a post
	MaxAlt      = 1500 // characters
	MaxTags     = 30
	MaxTag      = 100  // characters
	MaxSpoiler  = 300  // characters of a content warning
	MaxCamera   = 80   // characters of each camera field
	MaxLang     = 35   // bytes of a BCP 47 tag
	MaxPlace    = 100  // characters
	MaxMentions = 30   // accounts that a post, a comment or a reblog mentions
	MaxPeople   = 20   // accounts that one photo shows
	MaxPoint    = 1000 // thousandths of a photo's width or height

	MaxComment     = 2200     // characters
	MaxCommentSize = 32 << 10 // bytes of an encoded comment, so that each fits on a page

	MaxPages        = 256                 // of one post's responses
	MaxComments     = 10_000              // on all of these
	MaxPageSize     = content.MaxNodeSize // bytes
	PageFill        = 32 << 10            // bytes, beyond which a page takes no further comments
	MaxPageComments = 256
	MaxTally        = 1<<32 - 1 // likes or reblogs of one post
	MaxNewest       = 100       // accounts of the newest likes or reblogs

	MaxNode    = 64 // bytes of a mirror's peer ID
	MaxMirrors = 16 // that a reader takes of one account

	MaxSide       = 50_000               // pixels of a photo's side
	MaxRenditions = 8                    // of one photo
	MaxRendition  = content.MaxBlockSize // bytes
	MaxSource     = 200 << 20            // bytes
	MaxBlurhash   = 64                   // characters
	MinFocus      = -1000                // thousandths
	MaxFocus      = 1000
)
