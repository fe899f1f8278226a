package photo

import "rossgram.app/content"

// The limits of pictures, in one table. Every one is checked against a file's
// header before memory is spent on its pixels.
const (
	MaxFile    = 200 << 20            // bytes of an input file
	MaxSide    = 50_000               // pixels of a side
	MaxPixels  = 100_000_000          // pixels of a picture
	MaxDecodes = 3                    // pictures in memory at once, for all callers together
	MaxBytes   = content.MaxBlockSize // bytes of a rendition: one block

	maxRenditionPixels = 8_000_000 // of a very tall picture's rendition, which is narrowed to it
	maxProfile         = 4 << 20   // bytes of an ICC profile
	maxText            = 64 << 20  // bytes of metadata looked at; more is removed unread
	maxSegments        = 100_000   // segments or chunks of a file
	maxItems           = 4_096     // items, properties or references of a HEIF file
	maxEntries         = 1_000     // entries of an Exif directory
)

// Widths are the widths of renditions in pixels, as the protocol names them
// (docs/protocol.md, "Photos").
var widths = [...]int{320, 640, 1080}
