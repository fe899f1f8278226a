package cli

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// drawPhotos writes the photos that scripts post: rings in different colours,
// larger than the widest rendition, and one with a position in its EXIF. Beside
// them stands a text that says it is a photo.
func drawPhotos(dir string) error {
	for name, hue := range map[string]color.RGBA{
		"red.jpg": {220, 40, 30, 255}, "green.jpg": {30, 160, 60, 255}, "blue.jpg": {30, 60, 200, 255},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), draw(hue), 0o666); err != nil {
			return err
		}
	}
	located := withEXIF(draw(color.RGBA{230, 180, 40, 255}), gpsEXIF())
	if err := os.WriteFile(filepath.Join(dir, "located.jpg"), located, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "text.jpg"), []byte("This is no photo.\n"), 0o666)
}

func draw(hue color.RGBA) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1200, 800))
	for y := range 800 {
		for x := range 1200 {
			v := 0.5 + 0.5*math.Sin(math.Hypot(float64(x-600), float64(y-400))/25)
			img.SetRGBA(x, y, color.RGBA{uint8(float64(hue.R) * v), uint8(float64(hue.G) * v), uint8(float64(hue.B) * v), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // an RGBA picture in memory always encodes
	}
	return b.Bytes()
}

// grain draws a JPEG with as much detail as the grain of a photograph has, which
// no other seed gives.
func grain(w, h int, seed uint64) []byte {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	random := rand.NewPCG(seed, 1)
	for i := 0; i < len(m.Y); i += 8 {
		bits := random.Uint64()
		for j := range 8 {
			m.Y[i+j] = uint8(100 + i%w/100 + int(bits>>(8*j)&15))
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(110+i%(w/2)/80), uint8(150-i/(w/2)/60)
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: 92}); err != nil {
		panic(err) // a picture in memory always encodes
	}
	return file.Bytes()
}

// withEXIF puts an APP1 segment behind a JPEG's first marker (Exif 2.32, 4.7.2).
func withEXIF(file, tiff []byte) []byte {
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	out := append([]byte{0xff, 0xd8}, segment...)
	return append(append(out, body...), file[2:]...)
}

// gpsEXIF is a TIFF structure whose GPS directory holds a made-up place: 47° 30'
// north, 8° 45' east (Exif 2.32, 4.6.6).
func gpsEXIF() []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		b = binary.LittleEndian.AppendUint16(b, tag)
		b = binary.LittleEndian.AppendUint16(b, kind)
		b = binary.LittleEndian.AppendUint32(b, count)
		b = binary.LittleEndian.AppendUint32(b, value)
	}
	directory := func(n uint16) { b = binary.LittleEndian.AppendUint16(b, n) }
	last := func() { b = binary.LittleEndian.AppendUint32(b, 0) }
	directory(1)
	entry(0x8825, 4, 1, 26) // where the GPS directory is
	last()
	directory(4)
	entry(1, 2, 2, 'N')
	entry(2, 5, 3, 80)
	entry(3, 2, 2, 'E')
	entry(4, 5, 3, 104)
	last()
	for _, v := range []uint32{47, 1, 30, 1, 0, 1, 8, 1, 45, 1, 0, 1} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}
