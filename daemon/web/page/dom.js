// What the other modules share to build the page: elements, pictures of accounts,
// times, and the two ways of talking to the person.

import { here } from "./api.js";

export const $ = (id) => document.getElementById(id);

// stamp returns a copy of what is in a template.
export const stamp = (id) => $(id).content.cloneNode(true);

// el makes an element with properties and children.
export function el(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// nameOf is what to call an account.
export const nameOf = (account) => account.display_name || account.username || account.acct;

// paintAvatar shows an account's picture, or its letter on a colour of its own.
export function paintAvatar(place, account) {
  const letter = [...nameOf(account)][0] ?? "?";
  let hue = 0;
  for (const c of account.rossgram?.did ?? account.acct) hue = (hue * 31 + c.codePointAt(0)) % 360;
  place.style.setProperty("--hue", hue);
  place.replaceChildren(letter.toUpperCase());
  if (!account.avatar) return;
  const img = el("img", { src: here(account.avatar), alt: "" });
  img.addEventListener("load", () => place.replaceChildren(img));
}

const ago = new Intl.RelativeTimeFormat(undefined, { style: "narrow", numeric: "auto" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const units = [["minute", 60], ["hour", 3600], ["day", 86400]];

// paintTime writes how long ago something was; after a week, the date.
export function paintTime(node, at) {
  const then = new Date(at), seconds = (Date.now() - then) / 1000;
  const [unit, size] = units.findLast(([, size]) => seconds >= size) ?? [];
  node.dateTime = at;
  node.title = moment.format(then);
  if (!unit) node.textContent = "just now";
  else node.textContent = seconds < 7 * 86400 ? ago.format(-Math.floor(seconds / size), unit) : day.format(then);
}

export const shortDate = (at) => day.format(new Date(at));

setInterval(() => {
  for (const node of document.querySelectorAll("time")) paintTime(node, node.dateTime);
}, 60_000);

// trouble shows what went wrong in a place for it, or clears it.
export function trouble(id, error) {
  $(id).hidden = !error;
  $(id).textContent = error ? error.message : "";
  if (error) $(id).scrollIntoView({ block: "nearest" });
}

let silence;

// say tells that something is done, for a moment.
export function say(words) {
  $("said").textContent = words;
  clearTimeout(silence);
  silence = setTimeout(() => ($("said").textContent = ""), 6000);
}

// ask returns whether the person wants what cannot be taken back.
export function ask(title, text, verb) {
  const dialog = $("ask"), [no, yes] = dialog.querySelectorAll("button");
  $("ask-title").textContent = title;
  $("ask-text").textContent = text;
  yes.textContent = verb;
  dialog.returnValue = "";
  no.onclick = yes.onclick = (e) => dialog.close(e.target.value);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// soon returns a function that calls f once for many calls in a short time.
export function soon(f, milliseconds) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(f, milliseconds);
  };
}
