package web_test

import (
	"math"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"rossgram.app/daemon/web"
)

// painted is the size of a canvas, the average of its channels in linear light,
// as sRGB, and 100 if its upper half is brighter than its lower one, and its left
// than its right.
const painted = `(async (hash) => {
	const { paintBlurhash } = await import("/page/blurhash.js");
	const canvas = document.createElement("canvas");
	paintBlurhash(canvas, hash, 400, 300);
	const { width, height } = canvas, sum = [0, 0, 0], { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
	let up = 0, left = 0;
	for (let i = 0; i < data.length; i++) {
		if (i % 4 === 3) continue;
		const x = (i >> 2) % width, y = Math.floor((i >> 2) / width), v = (data[i] / 255) ** 2.2;
		sum[i % 4] += v / (width * height);
		up += y < height / 2 ? v : -v;
		left += x < width / 2 ? v : -v;
	}
	return [width, height, ...sum.map((v) => 255 * v ** (1 / 2.2)), 100 * Math.sign(up), 100 * Math.sign(left)];
})`

func blurhashesLookLikeTheirPhotos(t *testing.T, b *browser) {
	server := httptest.NewServer(web.Handler())
	t.Cleanup(server.Close)
	p := b.open(t, server.URL)
	for _, c := range []struct {
		name, hash string
		want       []float64 // of painted
	}{
		// The first is the example of https://blurha.sh; its average stands in its
		// third to sixth characters. The others are made by hand: pure red, and grey
		// with one full wave across or down.
		{"the example", "LEHV6nWB2yk8pyo0adR*.7kCMdnj", []float64{48, 36, 151, 150, 149, math.NaN(), math.NaN()}},
		{"one colour", "00TI:j", []float64{48, 36, 255, 0, 0, math.NaN(), math.NaN()}},
		{"brighter on the left", "1~Eyb[~q", []float64{48, 36, math.NaN(), math.NaN(), math.NaN(), math.NaN(), 100}},
		{"brighter above", "9~Eyb[~q", []float64{48, 36, math.NaN(), math.NaN(), math.NaN(), 100, math.NaN()}},
		{"too short", "LEHV6n", []float64{48, 36, 0, 0, 0, 0, 0}},
		{"not base 83", "00TI\"j", []float64{48, 36, 0, 0, 0, 0, 0}},
		{"none", "", []float64{48, 36, 0, 0, 0, 0, 0}},
	} {
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]float64](painted+"(`"+c.hash+"`)", chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if !math.IsNaN(want) && math.Abs(got[i]-want) > 3 {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}
