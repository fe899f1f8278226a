// A post in the making. It outlives a failure, a closed dialog and a reload: the
// words are in localStorage, the photos on the node, which keeps an upload for a
// day. Its key makes the node post it once, however often it is sent.

import { call } from "./api.js";
import { $, ask, say, trouble } from "./dom.js";
import { Photo } from "./draft.js";

const maxPhotos = 20, maxCaption = 2200;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

let place = ""; // where the draft is in localStorage
let posted = () => {}; // called with the new status, or null for one that is in the timeline already
let photos = [];
let key = newKey();
let sent = false; // the node may have made the post already
let busy = false;

// newKey is 128 random bits. (randomUUID is missing where a page is not secure.)
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// begin brings back the draft of an account.
export async function begin(account, whenPosted) {
  [place, posted] = [`rossgram.draft.${account.did}`, whenPosted];
  const kept = JSON.parse(localStorage.getItem(place));
  if (!kept) return;
  [key, sent] = [kept.key, kept.sent];
  $("caption").value = kept.caption;
  $("sensitive").checked = kept.sensitive;
  $("spoiler").value = kept.spoiler;
  for (const { id, alt } of kept.photos) await restore(id, alt);
  if (sent && kept.photos.length && !photos.length) {
    clear(); // all photos are taken: it was posted, only the answer was lost
    return posted(null);
  }
  settle();
  if (photos.length || kept.caption) say("Your draft is kept: open New post to go on with it.");
}

async function restore(id, alt) {
  try {
    enter(Photo.restored(await call("GET", `/api/v1/media/${encodeURIComponent(id)}`), alt, settle));
  } catch {} // posted, or a day has passed
}

function save() {
  const kept = photos.filter((p) => p.media).map((p) => ({ id: p.media.id, alt: p.alt }));
  const words = { caption: $("caption").value, sensitive: $("sensitive").checked, spoiler: $("spoiler").value };
  localStorage.setItem(place, JSON.stringify({ key, sent, photos: kept, ...words }));
}

// add opens the draft and adds files to it.
export function add(files) {
  open();
  const room = maxPhotos - photos.length;
  for (const file of [...files].slice(0, room)) enter(Photo.chosen(file, settle));
  const over = Math.max(0, files.length - room);
  trouble("compose-trouble", over && new Error(`A post has at most ${maxPhotos} photos: ${over} of these were left out.`));
  settle();
}

export function open() {
  if (!$("compose").open) $("compose").showModal();
}

const acts = {
  earlier: (i) => photos.splice(i - 1, 0, ...photos.splice(i, 1)),
  later: (i) => photos.splice(i + 1, 0, ...photos.splice(i, 1)),
  remove: (i) => photos.splice(i, 1)[0].stop(),
  retry: (i) => photos[i].upload(),
};

function enter(photo) {
  photos.push(photo);
  photo.node.addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button || busy) return;
    acts[button.dataset.act](photos.indexOf(photo));
    settle();
    if (button.isConnected && !button.disabled) button.focus();
    else ($("drafts").querySelector("button:enabled") ?? $("files")).focus();
  });
}

// settle makes the dialog show the draft as it is, and keeps it.
function settle() {
  const list = $("drafts");
  photos.forEach((photo, i) => {
    if (list.children[i] !== photo.node) list.insertBefore(photo.node, list.children[i] ?? null);
    photo.place(i, photos.length);
  });
  while (list.children.length > photos.length) list.lastElementChild.remove();
  const left = maxCaption - [...graphemes.segment($("caption").value.normalize())].length;
  $("count").textContent = left < 0 ? `${-left} characters too many` : `${left.toLocaleString()} characters left`;
  $("count").classList.toggle("over", left < 0);
  $("warning-line").hidden = !$("sensitive").checked;
  $("pick").classList.toggle("full", photos.length >= maxPhotos);
  const working = photos.some((p) => p.working), whole = photos.length > 0 && photos.every((p) => p.media);
  $("publish").disabled = busy || !whole || left < 0;
  $("publish").textContent = busy ? "Posting…" : working ? "Uploading…" : "Post";
  $("compose-form").inert = busy;
  save();
}

async function publish() {
  if ($("publish").disabled) return;
  trouble("compose-trouble", null);
  busy = true;
  settle();
  try {
    for (const photo of photos) await photo.describe();
    sent = true;
    save();
    const status = await call("POST", "/api/v1/statuses", { headers: { "Idempotency-Key": key }, body: body() });
    clear();
    $("compose").close();
    say("Posted.");
    posted(status);
  } catch (error) {
    trouble("compose-trouble", error);
  }
  busy = false;
  settle();
}

function body() {
  const sensitive = $("sensitive").checked;
  return {
    status: $("caption").value, media_ids: photos.map((p) => p.media.id),
    sensitive, spoiler_text: sensitive ? $("spoiler").value : "",
  };
}

// clear begins a new draft.
function clear() {
  photos.forEach((photo) => photo.stop());
  [photos, key, sent] = [[], newKey(), false];
  $("caption").value = $("spoiler").value = "";
  $("sensitive").checked = false;
  trouble("compose-trouble", null);
  settle();
}

export async function discard() {
  const empty = !photos.length && !$("caption").value;
  if (!empty && !(await ask("Discard this draft?", "Its photos and words are not posted.", "Discard"))) return;
  clear();
  $("compose").close();
}

$("publish").addEventListener("click", publish);
$("caption").addEventListener("input", settle);
$("spoiler").addEventListener("input", save);
$("sensitive").addEventListener("change", settle);
$("compose-form").addEventListener("submit", (e) => e.preventDefault());
$("compose-form").addEventListener("change", save);
$("compose").addEventListener("keydown", (e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && publish());
$("files").addEventListener("change", () => {
  add($("files").files);
  $("files").value = "";
});
addEventListener("beforeunload", (e) => photos.some((p) => p.working) && e.preventDefault());

const carriesFiles = (e) => e.dataTransfer?.types.includes("Files") && document.body.dataset.state === "in";

addEventListener("dragover", (e) => {
  if (!carriesFiles(e)) return;
  e.preventDefault();
  $("drop").hidden = false;
});
addEventListener("dragleave", (e) => e.relatedTarget || ($("drop").hidden = true));
addEventListener("drop", (e) => {
  if (!carriesFiles(e)) return;
  e.preventDefault();
  $("drop").hidden = true;
  add(e.dataTransfer.files);
});
addEventListener("paste", (e) => {
  if (!e.clipboardData?.files.length || document.body.dataset.state !== "in") return;
  e.preventDefault();
  add(e.clipboardData.files);
});
