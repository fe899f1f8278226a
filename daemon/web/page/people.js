// Whom one follows and how far that is, invites, and the node itself.

import { call, ours } from "./api.js";
import { $, ask, el, say, shortDate, soon, stamp, trouble } from "./dom.js";

const rows = new Map(); // elements by DID
let unfollowed = () => {};

export function begin(whenUnfollowed) {
  unfollowed = whenUnfollowed;
  refresh();
  refreshNode();
}

const phases = {
  resolving: () => "looking for someone who holds it",
  syncing: ({ records, files }) => (files?.total ? `fetching photos, ${files.done} of ${files.total}` :
    records?.total ? `fetching, ${records.done} of ${records.total}` : "fetching"),
  current: ({ holders }) => (holders === 0 ? "nobody who holds it is connected now" : "up to date"),
  unreachable: () => "nobody who holds it answers; tried again from time to time",
  forked: () => "signed two histories: nothing new is taken until its owner mends that",
};

// refresh shows the follows as they are now.
export const refresh = soon(async () => {
  try {
    const follows = await call("GET", ours + "follows");
    const gone = new Set(rows.keys());
    for (const follow of follows) {
      gone.delete(follow.did);
      paint(row(follow), follow);
    }
    for (const did of gone) drop(did);
    $("follows").dataset.empty = follows.length === 0;
  } catch (error) {
    trouble("follow-trouble", error);
  }
}, 200);

function row(follow) {
  if (rows.has(follow.did)) return rows.get(follow.did);
  const node = stamp("t-follow").firstElementChild;
  node.querySelector("button").addEventListener("click", (e) => unfollow(follow, e.target));
  rows.set(follow.did, node);
  $("follows").append(node);
  return node;
}

function drop(did) {
  rows.get(did)?.remove();
  rows.delete(did);
}

function paint(node, follow) {
  const name = follow.name || follow.acct || "someone", bar = node.querySelector("progress");
  const { done, total } = follow.files?.total ? follow.files : follow.records ?? {};
  node.dataset.phase = follow.phase;
  node.dataset.alone = follow.holders === 0;
  node.querySelector(".name").textContent = name;
  node.querySelector(".acct").textContent = follow.acct || follow.did;
  node.querySelector(".acct").title = follow.did;
  node.querySelector(".phase").textContent = phases[follow.phase]?.(follow) ?? follow.phase;
  node.querySelector(".phase").title = follow.error ?? "";
  node.querySelector("button").ariaLabel = `Unfollow ${name}`;
  bar.hidden = follow.phase !== "syncing" || !total;
  [bar.max, bar.value, bar.ariaLabel] = [total || 1, done || 0, `Fetching from ${name}`];
}

async function unfollow(follow, button) {
  const name = follow.name || follow.acct || "this account";
  if (!(await ask(`Unfollow ${name}?`, "Their photos go from this page and from this machine.", "Unfollow"))) return;
  button.disabled = true;
  try {
    await call("DELETE", ours + "follows/" + encodeURIComponent(follow.did));
    drop(follow.did);
    say(`You no longer follow ${name}.`);
    unfollowed();
  } catch (error) {
    button.disabled = false;
    trouble("follow-trouble", error);
  }
  refresh();
}

async function follow(e) {
  e.preventDefault();
  const button = $("follow-form").querySelector("button");
  trouble("follow-trouble", null);
  button.disabled = true;
  try {
    const made = await call("POST", ours + "follows", { body: { who: $("who").value.trim() } });
    $("who").value = "";
    say(`You follow ${made.name || made.acct || "them"} now. Photos appear as they arrive.`);
  } catch (error) {
    trouble("follow-trouble", error);
  }
  button.disabled = false;
  refresh();
}

export async function invite() {
  trouble("invite-trouble", null);
  try {
    const made = await call("POST", ours + "invites", { body: {} });
    $("invite-text").value = made.invite;
    $("invite-until").textContent = `Good until ${shortDate(made.expires_at)}.`;
    $("invite").hidden = false;
    $("invite-text").select();
  } catch (error) {
    trouble("invite-trouble", error);
  }
}

export async function copyInvite() {
  $("invite-text").select();
  try {
    await navigator.clipboard.writeText($("invite-text").value);
    say("Copied.");
  } catch {
    say("The browser did not let this page copy: the invite is selected, copy it with Ctrl+C.");
  }
}

// refreshNode shows the node's line and its warnings.
export const refreshNode = soon(async () => {
  try {
    const node = await call("GET", ours + "node");
    const held = new Intl.NumberFormat(undefined, { style: "unit", unit: "megabyte", maximumFractionDigits: 0 });
    const parts = [
      node.peers === 1 ? "1 peer" : `${node.peers} peers`,
      `${held.format((node.disk?.blocks_bytes ?? 0) / 1e6)} of photos`, `rossgram ${node.version}`,
    ];
    $("node").textContent = parts.join(" · ");
    $("node").classList.toggle("alone", node.peers === 0);
    warn(node.warnings ?? []);
  } catch (error) {
    $("node").textContent = error.status === 403 ? "" : error.message;
  }
}, 300);

function warn(warnings) {
  const same = warnings.map((w) => w.message).join("\n");
  if ($("warnings").dataset.shown === same) return;
  $("warnings").dataset.shown = same;
  $("warnings").replaceChildren(...warnings.map((w) => el("p", { className: "warning", role: "status" }, w.message)));
}

setInterval(() => document.body.dataset.state === "in" && !document.hidden && refreshNode(), 30_000);
$("follow-form").addEventListener("submit", follow);
