package photo

import "image"

// weights are what YCbCr is multiplied with to get RGB, in 1/65536.
type weights struct {
	black                           int32 // of luma
	luma                            int32
	redCr, greenCb, greenCr, blueCb int32
}

// weights follow from luma weights (ITU-T H.273, equations 38 to 40, and T.871
// for JPEG).
func (c coding) weights() weights {
	if c.red == 0 {
		c.red, c.blue = 0.299, 0.114
	}
	luma, chroma, black := 1.0, 1.0, int32(0)
	if c.narrow {
		luma, chroma, black = 255.0/219, 255.0/224, 16
	}
	green := 1 - c.red - c.blue
	f := func(v float64) int32 { return int32(v * 65536) }
	return weights{
		black: black, luma: f(luma),
		redCr: f(2 * (1 - c.red) * chroma), blueCb: f(2 * (1 - c.blue) * chroma),
		greenCb: f(2 * (1 - c.blue) * c.blue / green * chroma), greenCr: f(2 * (1 - c.red) * c.red / green * chroma),
	}
}

// ycbcrRows reads rows of YCbCr. Each pixel takes the chroma sample it lies in:
// what is halved afterwards gains nothing from smoothing it.
func ycbcrRows(m *image.YCbCr, c coding) func(int, []uint8) {
	k := c.weights()
	shift := 0
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422:
		shift = 1
	case image.YCbCrSubsampleRatio410, image.YCbCrSubsampleRatio411:
		shift = 2
	}
	b := m.Rect
	return func(y int, dst []uint8) {
		luma := m.Y[m.YOffset(b.Min.X, b.Min.Y+y):]
		at := m.COffset(b.Min.X, b.Min.Y+y)
		k.row(dst, luma, m.Cb[at:], m.Cr[at:], shift)
	}
}

// row assumes that the picture starts at an even column, as decoded ones do.
func (k *weights) row(dst, luma, cb, cr []uint8, shift int) {
	w := len(dst) / 3
	step := 1 << shift
	for x, i := 0, 0; x < w; x, i = x+step, i+1 {
		u, v := int32(cb[i])-128, int32(cr[i])-128
		red, green, blue := k.redCr*v+1<<15, -k.greenCb*u-k.greenCr*v+1<<15, k.blueCb*u+1<<15
		end := min(x+step, w)
		for j, l := range luma[x:end] {
			yy := (int32(l) - k.black) * k.luma
			d := dst[3*(x+j) : 3*(x+j)+3 : 3*(x+j)+3]
			d[0], d[1], d[2] = clamp(yy+red), clamp(yy+green), clamp(yy+blue)
		}
	}
}

// clamp takes 1/65536 to a byte.
func clamp(v int32) uint8 {
	if uint32(v) < 1<<24 {
		return uint8(v >> 16)
	}
	return uint8(^(v >> 31)) // 0 if negative, 255 if too large
}
