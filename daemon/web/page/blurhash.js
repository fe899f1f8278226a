// Blurhash: what stands in a photo's place until it is there. The format is
// described at https://blurha.sh and in its repository's Algorithm.md.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

// number reads base 83; a character that is no digit gives NaN.
function number(text) {
  let n = 0;
  for (const c of text) {
    const d = digits.indexOf(c);
    n = n * 83 + (d < 0 ? NaN : d);
  }
  return n;
}

const toLinear = (byte) => (byte <= 10.31475 ? byte / 3294.6 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const toByte = (v) => Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));

// average reads the first component: 8 bits of sRGB a channel.
const average = (n) => [n >> 16, (n >> 8) & 255, n & 255].map(toLinear);

// wave reads another: 19 steps a channel, finer near the middle.
const wave = (n, max) => [Math.floor(n / 361), Math.floor(n / 19) % 19, n % 19]
  .map((q) => Math.sign(q - 9) * ((q - 9) / 9) ** 2 * max);

// parse returns the components, row by row, and how many there are each way; or
// null for what is no blurhash.
function parse(hash) {
  const size = number(hash.slice(0, 1)), across = (size % 9) + 1, down = Math.floor(size / 9) + 1;
  if (hash.length !== 4 + 2 * across * down || Number.isNaN(number(hash))) return null;
  const max = (number(hash[1]) + 1) / 166;
  const colours = [average(number(hash.slice(2, 6)))];
  for (let at = 6; at < hash.length; at += 2) colours.push(wave(number(hash.slice(at, at + 2)), max));
  return { across, down, colours };
}

// cosines is the table of cos(π k x / n).
function cosines(count, n) {
  return Array.from({ length: n }, (_, x) => Array.from({ length: count }, (_, k) => Math.cos((Math.PI * k * x) / n)));
}

// paintBlurhash draws a hash on a canvas of the photo's proportions. A damaged
// hash leaves the canvas empty.
export function paintBlurhash(canvas, hash, width, height) {
  const scale = 48 / Math.max(width, height, 1);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const parsed = parse(hash ?? "");
  if (!parsed) return;
  const { across, down, colours } = parsed, context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const columns = cosines(across, canvas.width), rows = cosines(down, canvas.height);
  rows.forEach((row, y) => columns.forEach((column, x) => {
    const sum = [0, 0, 0];
    colours.forEach((colour, i) => {
      const weight = column[i % across] * row[Math.floor(i / across)];
      for (let c = 0; c < 3; c++) sum[c] += colour[c] * weight;
    });
    image.data.set([...sum.map(toByte), 255], 4 * (y * canvas.width + x));
  }));
  context.putImageData(image, 0, 0);
}
