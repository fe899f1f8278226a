package photo

import "math"

// colour is how a picture's numbers stand for colours.
type colour struct {
	curves [3]curve // of red, green and blue
	matrix *matrix  // from its own linear RGB to that of sRGB; nil if they are the same
	coding coding   // how YCbCr stands for RGB
}

// curve gives the light, 0 to 1, of a number from 0 to 1.
type curve func(float64) float64

// matrix has its rows one after the other.
type matrix [9]float64

func sRGB() colour { return sameCurve(sRGBCurve, nil) }

func sameCurve(c curve, m *matrix) colour { return colour{curves: [3]curve{c, c, c}, matrix: m} }

// gammaColour has sRGB's primaries and a power for its curve, as PNG's gAMA
// chunk says it.
func gammaColour(gamma float64) colour {
	if math.Abs(gamma-2.2) < 0.01 {
		return sRGB() // which is what writers of 45455 mean
	}
	return sameCurve(power(min(max(gamma, 0.1), 10)), nil)
}

func power(gamma float64) curve {
	return func(v float64) float64 { return math.Pow(v, gamma) }
}

// sRGBCurve is IEC 61966-2-1's.
func sRGBCurve(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// sRGBCode is the inverse of sRGBCurve.
func sRGBCode(l float64) float64 {
	if l <= 0.0031308 {
		return l * 12.92
	}
	return 1.055*math.Pow(l, 1/2.4) - 0.055
}

// Matrices from linear RGB of other primaries with D65 white to sRGB's, worked
// out from the chromaticities in ITU-T H.273, table 2.
var (
	fromP3 = matrix{
		1.2249402, -0.2249402, 0,
		-0.0420569, 1.0420569, 0,
		-0.0196376, -0.0786360, 1.0982736,
	}
	fromBT2020 = matrix{
		1.6604910, -0.5876411, -0.0728499,
		-0.1245505, 1.1328999, -0.0083494,
		-0.0181508, -0.1005789, 1.1187297,
	}
)

// codedColour is the colour of code points (ITU-T H.273, 8.1 and 8.2). What is
// unspecified or unknown counts as sRGB.
func codedColour(primaries, transfer int) colour {
	c := sameCurve(codedCurve(transfer), nil)
	switch primaries {
	case 9:
		c.matrix = &fromBT2020
	case 11, 12:
		c.matrix = &fromP3
	}
	return c
}

// codedCurve takes the curves of television for sRGB's, as viewers do: they
// describe cameras, not screens.
func codedCurve(transfer int) curve {
	switch transfer {
	case 4:
		return power(2.2)
	case 5:
		return power(2.8)
	case 8:
		return power(1)
	case 16:
		return pqCurve
	case 18:
		return hlgCurve
	}
	return sRGBCurve
}

// pqCurve is SMPTE ST 2084's, with the white of BT.2408 (203 cd/m²) as white and
// what is brighter drawn together.
func pqCurve(v float64) float64 {
	const m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
	e := math.Pow(v, 1/m2)
	nits := 10_000 * math.Pow(max(e-c1, 0)/(c2-c3*e), 1/m1)
	return tone(nits / 203)
}

// hlgCurve is BT.2100's inverse OETF, with its reference white (75 %) as white.
func hlgCurve(v float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	l := v * v / 3
	if v > 0.5 {
		l = (math.Exp((v-c)/a) + b) / 12
	}
	return tone(l / 0.265)
}

// tone maps light that may be brighter than white to 0…1 (Reinhard et al. 2002,
// equation 4, with five times white as the brightest).
func tone(l float64) float64 { return min(1, l*(1+l/25)/(1+l)*1.25) }

// coding is how YCbCr stands for RGB: the luma weights of red and blue, and
// whether numbers use the narrow range of television. The zero value is JPEG's.
type coding struct {
	red, blue float64
	narrow    bool
}

// codingOf reads matrix coefficients (ITU-T H.273, 8.3).
func codingOf(coefficients int, full bool) coding {
	c := coding{red: 0.299, blue: 0.114, narrow: !full}
	switch coefficients {
	case 1:
		c.red, c.blue = 0.2126, 0.0722
	case 9, 10:
		c.red, c.blue = 0.2627, 0.0593
	}
	return c
}
