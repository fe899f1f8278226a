// One post of the feed.

import { call } from "./api.js";
import { ask, el, nameOf, paintAvatar, paintTime, say, stamp } from "./dom.js";
import { frame } from "./photo.js";

// article returns a post's element. If it is one's own, deleted is called once it
// is gone from the repository.
export function article(status, own, deleted) {
  const node = stamp("t-post").firstElementChild;
  const account = status.account, name = nameOf(account);
  node.dataset.id = status.id;
  node.setAttribute("aria-label", `Post by ${name}`);
  paintAvatar(node.querySelector(".avatar"), account);
  node.querySelector(".name").textContent = name;
  node.querySelector(".acct").textContent = account.acct;
  node.querySelector(".acct").title = account.rossgram?.did ?? account.acct;
  paintTime(node.querySelector("time"), status.created_at);
  node.classList.toggle("covered", Boolean(status.spoiler_text));
  node.querySelector(".caption").append(caption(status.content));
  frame(node.querySelector(".frame"), status);
  const bin = node.querySelector("[data-act=delete]");
  bin.hidden = !own;
  bin.addEventListener("click", () => remove(status, bin, deleted));
  return node;
}

async function remove(status, bin, deleted) {
  const sure = await ask("Delete this post?", "It goes from here, and from those who follow you the next time they meet " +
    "your node. Whoever saved a copy keeps it.", "Delete");
  if (!sure) return;
  bin.disabled = true;
  try {
    await call("DELETE", `/api/v1/statuses/${encodeURIComponent(status.id)}`);
    say("The post is deleted.");
    deleted();
  } catch (error) {
    bin.disabled = false;
    say(error.message);
  }
}

// inert turns text into what DOMParser takes where Trusted Types are enforced.
// Nothing of it is shown: see caption.
const inert = globalThis.trustedTypes?.createPolicy("caption", { createHTML: (text) => text });

// caption returns HTML of the API as nodes made here: paragraphs, line breaks,
// and links to the web. Of everything else the text is left.
function caption(html) {
  const parsed = new DOMParser().parseFromString(inert ? inert.createHTML(html) : html, "text/html");
  const out = document.createDocumentFragment();
  copy(parsed.body, out);
  return out;
}

const dropped = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH"]);

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || dropped.has(node.nodeName.toUpperCase())) continue;
    const made = allowed(node);
    copy(node, made ?? to);
    if (made) to.append(made);
  }
}

function allowed(node) {
  if (node.nodeName === "P" || node.nodeName === "BR") return document.createElement(node.nodeName);
  if (node.nodeName !== "A") return null;
  if (node.classList.contains("hashtag") || node.classList.contains("mention")) return el("span", { className: "tag" });
  const href = node.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(href)) return null;
  return el("a", { href, target: "_blank", rel: "nofollow noopener noreferrer" });
}
