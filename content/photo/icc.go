package photo

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// iccChunks collects the parts of a profile that a JPEG holds in several
// segments (ICC.1:2022, annex B.4).
type iccChunks struct {
	parts [][]byte // each with its number in front
	size  int
}

func (c *iccChunks) add(b []byte) {
	if len(b) > 2 && c.size+len(b) <= maxProfile {
		c.parts = append(c.parts, b)
		c.size += len(b)
	}
}

func (c *iccChunks) colour() colour {
	if len(c.parts) == 0 {
		return sRGB()
	}
	slices.SortStableFunc(c.parts, func(a, b []byte) int { return int(a[0]) - int(b[0]) })
	var all []byte
	for _, p := range c.parts {
		all = append(all, p[2:]...)
	}
	return profileColour(all)
}

// fromXYZ takes XYZ relative to D50, which profiles use, to linear sRGB (with
// Bradford adaptation; Lindbloom, "RGB/XYZ Matrices").
var fromXYZ = matrix{
	3.1338561, -1.6168667, -0.4906146,
	-0.9787684, 1.9161415, 0.0334540,
	0.0719453, -0.2289914, 1.4052427,
}

func (a *matrix) times(b *matrix) *matrix {
	var out matrix
	for i := range 3 {
		for j := range 3 {
			out[3*i+j] = a[3*i]*b[j] + a[3*i+1]*b[3+j] + a[3*i+2]*b[6+j]
		}
	}
	return &out
}

// profileColour reads an ICC profile, version 2 or 4, that describes RGB by a
// matrix and curves or grey by a curve (ICC.1:2022, sections 8.3 and 8.4). For
// others, and damaged ones, it assumes sRGB.
func profileColour(b []byte) colour {
	tags := profileTags(b)
	if tags == nil {
		return sRGB()
	}
	if string(b[16:20]) == "GRAY" {
		if c := profileCurve(tags["kTRC"]); c != nil {
			return sameCurve(c, nil)
		}
		return sRGB()
	}
	if string(b[16:20]) != "RGB " || string(b[20:24]) != "XYZ " {
		return sRGB()
	}
	var out colour
	var toXYZ matrix
	for i, name := range []string{"r", "g", "b"} {
		out.curves[i] = profileCurve(tags[name+"TRC"])
		v := tags[name+"XYZ"]
		if out.curves[i] == nil || len(v) < 20 || string(v[:4]) != "XYZ " {
			return sRGB()
		}
		for j := range 3 {
			toXYZ[3*j+i] = fixed(v[8+4*j:])
		}
	}
	if m := fromXYZ.times(&toXYZ); !m.nearIdentity() {
		out.matrix = m
	}
	return out
}

// nearIdentity says whether a matrix changes no colour that anyone would see.
func (a *matrix) nearIdentity() bool {
	for i, v := range a {
		want := 0.0
		if i%4 == 0 {
			want = 1
		}
		if math.Abs(v-want) > 0.004 {
			return false
		}
	}
	return true
}

// profileTags reads the tag table (ICC.1:2022, section 7.3).
func profileTags(b []byte) map[string][]byte {
	if len(b) < 132 || !bytes.Equal(b[36:40], []byte("acsp")) {
		return nil
	}
	n := binary.BigEndian.Uint32(b[128:])
	tags := map[string][]byte{}
	for i := range uint64(min(n, 100)) {
		at := 132 + 12*i
		if at+12 > uint64(len(b)) {
			return nil
		}
		from, size := uint64(binary.BigEndian.Uint32(b[at+4:])), uint64(binary.BigEndian.Uint32(b[at+8:]))
		if from+size <= uint64(len(b)) {
			tags[string(b[at:at+4])] = b[from : from+size]
		}
	}
	return tags
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// profileCurve reads a curve of type curv or para (ICC.1:2022, sections 10.6 and
// 10.18), and is nil if there is none.
func profileCurve(b []byte) curve {
	if len(b) < 12 {
		return nil
	}
	switch string(b[:4]) {
	case "curv":
		return sampledCurve(binary.BigEndian.Uint32(b[8:]), b[12:])
	case "para":
		return parametricCurve(binary.BigEndian.Uint16(b[8:]), b[12:])
	}
	return nil
}

func sampledCurve(n uint32, b []byte) curve {
	switch {
	case n == 0:
		return power(1)
	case uint64(n)*2 > uint64(len(b)):
		return nil
	case n == 1:
		return power(float64(binary.BigEndian.Uint16(b)) / 256)
	}
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(b[2*i:])) / 65535 }
	return func(v float64) float64 {
		x := v * float64(n-1)
		i := min(int(x), int(n)-2)
		return at(i) + (at(i+1)-at(i))*(x-float64(i))
	}
}

// parametricCurve brings the five kinds to one form: (a·v+b)^g + e from d on, and
// c·v + f below.
func parametricCurve(kind uint16, b []byte) curve {
	counts := []int{1, 3, 4, 5, 7}
	if int(kind) >= len(counts) || len(b) < 4*counts[kind] {
		return nil
	}
	v := [7]float64{1, 1}
	for i := range counts[kind] {
		v[i] = fixed(b[4*i:])
	}
	g, a, add, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch {
	case kind == 0:
		a = 1
	case kind < 3 && a == 0:
		return nil
	case kind == 1:
		c, d = 0, -add/a
	case kind == 2:
		c, d, e, f = 0, -add/a, v[3], v[3]
	}
	return func(v float64) float64 {
		if v < d {
			return c*v + f
		}
		return math.Pow(max(a*v+add, 0), g) + e
	}
}
