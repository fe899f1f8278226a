// A photo of a draft: chosen, on its way to the node, there, or refused.

import { Refused, call, here, request, upload } from "./api.js";
import { paintBlurhash } from "./blurhash.js";
import { stamp } from "./dom.js";

const maxFile = 200 << 20; // bytes; more is refused by the node too
const atOnce = 2; // uploads at the same time
const queue = [];
let running = 0;

function next() {
  if (running >= atOnce || !queue.length) return;
  running++;
  queue.shift()().finally(() => {
    running--;
    next();
  });
}

export class Photo {
  media = null; // the attachment, once it is on the node
  working = false;
  #file;
  #described = ""; // the alt text that the node has
  #changed; // called whenever something is different
  #cancel = new AbortController();

  constructor(changed) {
    this.#changed = changed;
    this.node = stamp("t-draft").firstElementChild;
    this.#part("textarea").addEventListener("change", changed);
  }

  // chosen uploads a file.
  static chosen(file, changed) {
    const photo = new Photo(changed), img = photo.#part("img");
    photo.#file = file;
    img.src = URL.createObjectURL(file);
    img.addEventListener("error", () => photo.#blur(), { once: true }); // HEIC, for most browsers
    photo.upload();
    return photo;
  }

  // restored is an upload of before a reload.
  static restored(media, alt, changed) {
    const photo = new Photo(changed);
    [photo.media, photo.#described] = [media, media.description ?? ""];
    photo.#part("textarea").value = alt;
    photo.#part("progress").hidden = true;
    photo.#state("Ready.");
    photo.#blur();
    return photo;
  }

  get alt() {
    return this.#part("textarea").value;
  }

  upload() {
    this.working = true;
    this.#part("progress").hidden = false;
    this.#part("[data-act=retry]").hidden = true;
    this.#state("Waiting…");
    queue.push(() => this.#upload());
    next();
  }

  async #upload() {
    const signal = this.#cancel.signal;
    if (signal.aborted) return;
    try {
      if (this.#file.size > maxFile) throw new Refused(413, "the file is over 200 MB, the most a photo may have");
      this.media = await upload(this.#file, (part) => this.#progress(part), signal);
      this.#state(removed(this.media.rossgram?.removed));
      if (!this.#part("img").src) this.#blur();
    } catch (error) {
      if (signal.aborted) return;
      this.#refused(error);
    }
    this.working = false;
    this.#part("progress").hidden = true;
    this.#changed();
  }

  // #refused says which file it was, for there may be no picture of it. The same
  // file is refused again, unless it was the node or the way to it that failed.
  #refused(error) {
    const final = error.status === 413 || error.status === 422;
    this.#state(`${this.#file.name}: ${error.message}. ${final ? "Take it out to go on." : ""}`, true);
    this.#part("[data-act=retry]").hidden = final;
  }

  #progress(part) {
    this.#part("progress").value = part;
    this.#state(part < 1 ? `Uploading, ${Math.floor(100 * part)} %` : "Rendering…");
  }

  #state(words, bad = false) {
    const line = this.#part(".state");
    line.textContent = words;
    line.classList.toggle("bad", bad);
  }

  // #blur shows what the node made of a photo that the browser can't show.
  async #blur() {
    const img = this.#part("img"), canvas = this.#part("canvas");
    img.removeAttribute("src");
    if (!this.media) return;
    const { width, height } = this.media.meta?.original ?? { width: 1, height: 1 };
    paintBlurhash(canvas, this.media.blurhash, width, height);
    canvas.hidden = false;
    if (!this.media.preview_url) return;
    try {
      const answer = await request("GET", here(this.media.preview_url));
      img.src = URL.createObjectURL(await answer.blob());
    } catch {} // the blurhash stays
  }

  // describe gives the node the alt text, if that changed.
  async describe() {
    if (this.alt === this.#described) return;
    await call("PUT", `/api/v1/media/${encodeURIComponent(this.media.id)}`, { body: { description: this.alt } });
    this.#described = this.alt;
  }

  // place says where in the post it stands.
  place(i, count) {
    const name = `photo ${i + 1}`, [earlier, later, remove] = this.node.querySelectorAll(".icon");
    [earlier.disabled, later.disabled] = [i === 0, i === count - 1];
    earlier.ariaLabel = earlier.title = `Move ${name} earlier`;
    later.ariaLabel = later.title = `Move ${name} later`;
    remove.ariaLabel = remove.title = `Take ${name} out`;
  }

  // stop ends the upload and frees the preview.
  stop() {
    this.working = false;
    this.#cancel.abort();
    URL.revokeObjectURL(this.#part("img").src);
  }

  #part(selector) {
    return this.node.querySelector(selector);
  }
}

function removed(what) {
  if (!what?.length) return "Ready. There was nothing to remove.";
  const last = (finding) => finding.startsWith("other");
  const list = [...what].sort((a, b) => last(a) - last(b));
  return `Ready. Removed from the file: ${new Intl.ListFormat("en").format(list)}.`;
}
