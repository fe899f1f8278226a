package gateway

import (
	"net/http"
	"slices"
	"strings"

	"rossgram.app/content/record"
)

// sniffLen is how many bytes of a file are looked at.
const sniffLen = 512

// sniff returns the type of a file by its first bytes, and whether a browser may
// show it: pictures only, and none that can hold a script. The bytes decide and
// not a record, because a record is anybody's claim.
func sniff(start []byte) (contentType string, shown bool) {
	if t, ok := heif(start); ok {
		return string(t), true
	}
	// The MIME Sniffing Standard knows the others, and no SVG.
	switch t := http.DetectContentType(start); t {
	case "image/jpeg", "image/png", "image/webp", "image/gif":
		return t, true
	}
	return "application/octet-stream", false
}

// heif tells the pictures that are in ISO base media files by the brands of the
// box they begin with (ISO/IEC 23008-12, section 10; AV1 Image File Format,
// section 6).
func heif(start []byte) (record.MediaType, bool) {
	if len(start) < 16 || string(start[4:8]) != "ftyp" {
		return "", false
	}
	size := int(start[0])<<24 | int(start[1])<<16 | int(start[2])<<8 | int(start[3])
	brands := []string{string(start[8:12])}
	for at := 16; at+4 <= min(size, len(start)); at += 4 {
		brands = append(brands, string(start[at:at+4]))
	}
	isAVIF := func(b string) bool { return b == "avif" || b == "avis" }
	isHEIC := func(b string) bool { return strings.HasPrefix(b, "hei") || strings.HasPrefix(b, "hev") }
	switch {
	case slices.ContainsFunc(brands, isAVIF):
		return record.AVIF, true
	case slices.ContainsFunc(brands, isHEIC):
		return record.HEIC, true
	}
	return "", false
}
