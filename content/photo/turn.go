package photo

import (
	"image"
)

// turn is what has to be done to the stored pixels so that they stand upright:
// exchange rows and columns, then mirror left and right, then top and bottom.
type turn struct {
	transpose, flipX, flipY bool
}

// turns are the turns by Exif's Orientation (CIPA DC-008-2023, 4.6.5.1.6); index
// 0 is not used.
var turns = [...]turn{
	{}, {}, {flipX: true}, {flipX: true, flipY: true}, {flipY: true},
	{transpose: true}, {transpose: true, flipX: true},
	{transpose: true, flipX: true, flipY: true}, {transpose: true, flipY: true},
}

func turnOf(orientation int) turn {
	if orientation < 1 || orientation >= len(turns) {
		return turn{}
	}
	return turns[orientation]
}

// orientation is the turn as Exif numbers it.
func (t turn) orientation() int {
	for i := 1; i < len(turns); i++ {
		if turns[i] == t {
			return i
		}
	}
	return 1
}

// then returns the turn that does t and afterwards u.
func (t turn) then(u turn) turn {
	if u.transpose {
		t = turn{!t.transpose, t.flipY, t.flipX}
	}
	t.flipX = t.flipX != u.flipX
	t.flipY = t.flipY != u.flipY
	return t
}

// size is the upright size of a picture stored with w × h pixels.
func (t turn) size(w, h int) (int, int) {
	if t.transpose {
		return h, w
	}
	return w, h
}

// apply returns m turned.
func (t turn) apply(m *image.RGBA) *image.RGBA {
	if t == (turn{}) {
		return m
	}
	w, h := t.size(m.Rect.Dx(), m.Rect.Dy())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			if t.flipX {
				sx = w - 1 - x
			}
			if t.flipY {
				sy = h - 1 - y
			}
			if t.transpose {
				sx, sy = sy, sx
			}
			copy(out.Pix[y*out.Stride+4*x:][:4], m.Pix[sy*m.Stride+4*sx:][:4])
		}
	}
	return out
}
