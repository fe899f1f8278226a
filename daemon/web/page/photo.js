// Photos as posts show them: in space that is reserved before they arrive, never
// cropped, covered where their author asked for it.

import { here } from "./api.js";
import { paintBlurhash } from "./blurhash.js";
import { stamp } from "./dom.js";

const patience = [1, 2, 4, 8, 15, 30, 60]; // seconds between tries for a photo that is on its way

// frame fills a post's frame with its photos.
export function frame(place, status) {
  const photos = status.media_attachments.map((attachment, i, all) => photo(attachment, i, all.length));
  place.style.setProperty("--ratio", ratio(status.media_attachments));
  if (photos.length === 1) place.append(photos[0].figure);
  else if (photos.length > 1) place.append(strip(photos.map((p) => p.figure)));
  const reveal = () => photos.forEach((p) => p.load());
  if (status.sensitive || status.spoiler_text) cover(place, status.spoiler_text, reveal);
  else reveal();
}

const sizeOf = (attachment) => attachment.meta?.original ?? attachment.meta?.small ?? { width: 4, height: 3 };

// ratio is the form of the frame, width by height: the geometric mean of its
// photos', within what a screen can show.
function ratio(attachments) {
  const logs = attachments.map(sizeOf).map(({ width, height }) => Math.log(width / height || 1));
  const mean = Math.exp(logs.reduce((sum, l) => sum + l, 0) / logs.length);
  return Math.min(2.5, Math.max(0.6, mean)).toFixed(4);
}

// photo returns a figure, and load, which lets it fetch its file.
function photo(attachment, i, count) {
  const figure = stamp("t-photo").firstElementChild, img = figure.querySelector("img");
  const { width, height } = sizeOf(attachment);
  paintBlurhash(figure.querySelector("canvas"), attachment.blurhash, width, height);
  img.width = width;
  img.height = height;
  img.alt = attachment.description || (count > 1 ? `Photo ${i + 1} of ${count}, not described` : "Photo, not described");
  describe(figure.querySelector(".alt"), attachment.description);
  return { figure, load: () => load(figure, img, attachment) };
}

function describe(details, words) {
  details.hidden = !words;
  details.querySelector("p").textContent = words ?? "";
}

// load shows the rendition that fits. A photo may come later than its post: it
// is tried again, and after a while upon request.
function load(figure, img, attachment) {
  const late = figure.querySelector(".late");
  const renditions = (attachment.rossgram?.renditions ?? []).filter((r) => r.url).sort((a, b) => a.width - b.width);
  let tries = 0;
  const fetch = () => {
    late.hidden = true;
    img.sizes = "(min-width: 62rem) 42rem, 100vw";
    img.srcset = renditions.map((r) => `${here(r.url)} ${r.width}w`).join(", ");
    img.src = here(renditions.at(-1)?.url ?? attachment.url);
  };
  img.addEventListener("load", () => figure.classList.add("here"));
  img.addEventListener("error", () => {
    img.removeAttribute("srcset");
    img.removeAttribute("src");
    late.hidden = tries < 2;
    if (tries < patience.length) setTimeout(fetch, 1000 * patience[tries++]);
  });
  late.querySelector("button").addEventListener("click", fetch);
  lazily(figure, fetch);
}

const nearby = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    nearby.unobserve(target);
    waiting.get(target)();
  }
}, { rootMargin: "1200px 1200px" });
const waiting = new WeakMap();

// lazily calls f once the node is about to be seen. The loading attribute would
// do, but not for what is tried again.
function lazily(node, f) {
  waiting.set(node, f);
  nearby.observe(node);
}

// strip puts several photos beside each other: swiped, turned by buttons, or by
// the arrow keys.
function strip(figures) {
  const part = stamp("t-strip"), row = part.querySelector(".strip");
  const [before, after] = part.querySelectorAll(".turn"), at = part.querySelector(".at"), dots = part.querySelector(".dots");
  const last = figures.length - 1;
  let index = 0;
  row.setAttribute("aria-label", `${figures.length} photos`);
  row.append(...figures);
  dots.append(...figures.map(() => document.createElement("i")));
  const mark = () => {
    at.textContent = `${index + 1} / ${figures.length}`;
    before.disabled = index === 0;
    after.disabled = index === last;
    [...dots.children].forEach((dot, i) => dot.classList.toggle("on", i === index));
  };
  const turn = (to) => row.scrollTo({ left: to * row.clientWidth });
  row.addEventListener("scroll", () => {
    index = Math.round(row.scrollLeft / row.clientWidth);
    mark();
  });
  row.addEventListener("keydown", (e) => {
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[e.key]; // past an end is the end
    if (to === undefined || e.target !== row) return;
    e.preventDefault();
    turn(to);
  });
  before.addEventListener("click", () => turn(index - 1));
  after.addEventListener("click", () => turn(index + 1));
  mark();
  return part;
}

// cover hides photos until someone asks to see them; until then they are not
// even fetched.
function cover(place, warning, reveal) {
  const part = stamp("t-cover"), sheet = part.querySelector(".cover"), under = [...place.children];
  part.querySelector("p").textContent = warning || "Covered by its author";
  under.forEach((node) => (node.inert = true));
  part.querySelector("button").addEventListener("click", () => {
    const post = place.closest(".post");
    sheet.remove();
    under.forEach((node) => (node.inert = false));
    post.classList.remove("covered");
    reveal();
    post.focus({ preventScroll: true });
  });
  place.append(part);
}
