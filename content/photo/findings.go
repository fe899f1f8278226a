package photo

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Finding is something that a file said about its picture or its author, in words
// to show to people.
type Finding string

// What can be found in a file and is removed from it.
const (
	FoundPosition  Finding = "position"
	FoundSerial    Finding = "serial number"
	FoundCaption   Finding = "caption"
	FoundOwner     Finding = "owner name"
	FoundTime      Finding = "time"
	FoundCamera    Finding = "camera"
	FoundThumbnail Finding = "thumbnail"
	FoundMaker     Finding = "maker notes"
	FoundTrailer   Finding = "data after the picture"
	FoundOther     Finding = "other metadata"
)

// findings is a sorted set.
type findings []Finding

func (f *findings) add(what Finding) {
	if at, ok := slices.BinarySearch(*f, what); !ok {
		*f = slices.Insert(*f, at, what)
	}
}

var exifFindings = map[uint16]Finding{
	tagImageDescription: FoundCaption, tagUserComment: FoundCaption, tagXPTitle: FoundCaption,
	tagXPComment: FoundCaption, tagXPSubject: FoundCaption,
	tagArtist: FoundOwner, tagCopyright: FoundOwner, tagOwnerName: FoundOwner, tagXPAuthor: FoundOwner,
	tagBodySerial: FoundSerial, tagLensSerial: FoundSerial,
	tagDateTime: FoundTime, tagOriginalTime: FoundTime,
	tagMake: FoundCamera, tagModel: FoundCamera, tagLensModel: FoundCamera,
	tagMakerNote: FoundMaker, tagThumbnail: FoundThumbnail,
}

// xmpFindings are names of XMP properties (ISO 16684-1 and the namespaces of
// Adobe, Exif and IPTC); a property's prefix is the usual one, not always the
// file's, so local names are looked for.
var xmpFindings = []struct {
	name string
	what Finding
}{
	{"GPSLatitude", FoundPosition}, {"GPSLongitude", FoundPosition}, {"City>", FoundPosition},
	{":City=", FoundPosition}, {"Location", FoundPosition}, {"SerialNumber", FoundSerial},
	{"description", FoundCaption}, {":title", FoundCaption}, {"Headline", FoundCaption},
	{":subject", FoundCaption}, {":creator", FoundOwner}, {":rights", FoundOwner}, {"OwnerName", FoundOwner},
	{"CreateDate", FoundTime}, {"DateTimeOriginal", FoundTime}, {"DateCreated", FoundTime},
	{"Thumbnails", FoundThumbnail}, {":Model", FoundCamera}, {":Lens", FoundCamera},
}

// iptcFindings are datasets of IPTC-IIM 4.2, record 2.
var iptcFindings = map[byte]Finding{
	5: FoundCaption, 25: FoundCaption, 105: FoundCaption, 120: FoundCaption,
	55: FoundTime, 60: FoundTime, 80: FoundOwner, 110: FoundOwner, 115: FoundOwner, 116: FoundOwner, 122: FoundOwner,
	26: FoundPosition, 27: FoundPosition, 90: FoundPosition, 92: FoundPosition,
	95: FoundPosition, 100: FoundPosition, 101: FoundPosition,
}

func (p *picture) readExif(b []byte) {
	x := parseExif(b)
	for _, f := range x.found {
		p.found.add(f)
	}
	if x.entries > 1 || x.entries == 1 && x.tags[tagOrientation].value == nil || x.entries == 0 {
		p.found.add(FoundOther)
	}
	if p.exif.body == nil {
		p.exif = x
	}
}

func (p *picture) readText(kind textKind, b []byte) {
	b = b[:min(len(b), maxText)]
	switch kind {
	case textXMP:
		p.found.add(FoundOther)
		for _, f := range xmpFindings {
			if bytes.Contains(b, []byte(f.name)) {
				p.found.add(f.what)
			}
		}
	case textPhotoshop:
		p.found.add(FoundOther)
		p.readPhotoshop(b)
	default:
		p.found.add(FoundCaption)
	}
}

// readPhotoshop reads image resource blocks (Adobe Photoshop File Formats
// Specification, "Image Resource Blocks").
func (p *picture) readPhotoshop(b []byte) {
	for len(b) >= 12 && string(b[:4]) == "8BIM" {
		id := binary.BigEndian.Uint16(b[4:])
		name := (int(b[6]) + 2) &^ 1
		if len(b) < 10+name {
			return
		}
		b = b[6+name:]
		n := int(binary.BigEndian.Uint32(b))
		if b = b[4:]; n > len(b) {
			return
		}
		switch id {
		case 0x0404:
			p.readIPTC(b[:n])
		case 0x0409, 0x040c:
			p.found.add(FoundThumbnail)
		}
		b = b[min(len(b), (n+1)&^1):]
	}
}

// readIPTC reads datasets (IPTC-IIM 4.2, 1.5).
func (p *picture) readIPTC(b []byte) {
	for len(b) >= 5 && b[0] == 0x1c {
		n := int(binary.BigEndian.Uint16(b[3:]))
		if f, ok := iptcFindings[b[2]]; ok && b[1] == 2 {
			p.found.add(f)
		}
		if b = b[5:]; n > len(b) {
			return
		}
		b = b[n:]
	}
}

// findings is what will be removed.
func (p *picture) findings() []Finding { return slices.Clone(p.found) }
