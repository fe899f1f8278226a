// The home timeline: pages as far as one scrolls, and what is new since.

import { call, nextPage, request } from "./api.js";
import { $, soon, trouble } from "./dom.js";
import { article } from "./post.js";

const pageSize = 20;
const home = `/api/v1/timelines/home?limit=${pageSize}`;

let mine; // the account signed in
let shown = new Map(); // elements by status id
let fresh = []; // statuses that are new and not shown yet, newest first
let next = null; // address of the page of older posts
let loading = false;

// newer orders status ids, which are decimal numbers too large for a number.
const newer = (a, b) => (a.length === b.length ? a > b : a.length > b.length);

// open shows an account's timeline from its top.
export async function open(account) {
  mine = account;
  await reload();
}

async function reload() {
  trouble("feed-trouble", null);
  try {
    const answer = await request("GET", home), page = await answer.json();
    close();
    page.forEach(insert);
    next = nextPage(answer);
  } catch (error) {
    trouble("feed-trouble", error);
  }
  settle();
}

// close forgets everything shown.
export function close() {
  shown.forEach((node) => node.remove());
  shown = new Map();
  [fresh, next] = [[], null];
}

// insert puts a status at its place; one that is shown already stays.
export function insert(status) {
  if (shown.has(status.id)) return;
  const node = article(status, status.account.id === mine.id, () => remove(status));
  node.dataset.uri = status.rossgram?.uri ?? "";
  const after = [...$("posts").children].find((other) => newer(status.id, other.dataset.id));
  shown.set(status.id, node);
  $("posts").insertBefore(node, after ?? null);
  settle();
}

// remove takes away the post that an event or a person names, by id or URI.
export function remove({ id, uri }) {
  fresh = fresh.filter((s) => s.id !== id && (!uri || s.rossgram?.uri !== uri));
  const node = shown.get(id) ?? (uri && [...shown.values()].find((n) => n.dataset.uri === uri));
  if (!node) return settle();
  const neighbour = node.nextElementSibling ?? node.previousElementSibling;
  if (node.contains(document.activeElement)) (neighbour ?? $("main")).focus({ preventScroll: true });
  node.remove();
  shown.delete(node.dataset.id);
  settle();
}

// settle makes what stands around the posts fit them.
function settle() {
  const troubled = !$("feed-trouble").hidden;
  $("empty").hidden = shown.size > 0 || fresh.length > 0 || troubled;
  $("older").hidden = !next;
  $("end").hidden = Boolean(next) || shown.size < 3 || troubled;
  $("pill").hidden = fresh.length === 0;
  $("pill").lastElementChild.textContent = fresh.length === 1 ? "1 new post" : `${fresh.length} new posts`;
}

// look finds what is new. It does not move what is on the screen: that is asked
// for with the pill, unless nothing is shown yet.
export const look = soon(async () => {
  try {
    const page = await call("GET", home);
    const oldest = $("posts").lastElementChild?.dataset.id;
    fresh = page.filter((s) => !shown.has(s.id) && (!next || newer(s.id, oldest)));
    if (shown.size === 0) fresh.splice(0).forEach(insert);
  } catch {} // the next event, or a page of older posts, tells
  settle();
}, 250);

// show brings in what is new, and goes there. If there may be more than was
// found, the timeline begins anew.
async function show() {
  if (fresh.length >= pageSize) await reload();
  else fresh.splice(0).forEach(insert);
  settle();
  scrollTo({ top: 0 });
  $("posts").firstElementChild?.focus({ preventScroll: true });
}

async function older() {
  if (loading || !next) return;
  loading = true;
  trouble("feed-trouble", null);
  try {
    const answer = await request("GET", next), page = await answer.json();
    next = page.length ? nextPage(answer) : null;
    page.forEach(insert);
    end.unobserve($("older"));
    end.observe($("older")); // it may be in sight still
  } catch (error) {
    trouble("feed-trouble", error);
  }
  loading = false;
  settle();
}

$("pill").addEventListener("click", show);
$("older").addEventListener("click", older);
const end = new IntersectionObserver(([entry]) => entry.isIntersecting && older(), { rootMargin: "1500px" });
end.observe($("older"));
