// The page: signing in, and which part does what.

import * as api from "./api.js";
import * as compose from "./compose.js";
import { $, el, paintAvatar, say } from "./dom.js";
import * as feed from "./feed.js";
import { listen } from "./live.js";
import * as people from "./people.js";
import * as session from "./session.js";

const body = document.body;

// start signs in with the link's code, if there is one, and shows the page.
async function start() {
  const code = session.takeCode();
  let refusal = code && (await signIn(code));
  if (!session.current()) return door(refusal);
  try {
    const me = await api.call("GET", "/api/v1/accounts/verify_credentials");
    if (refusal) say(refusal.message);
    enter(me);
  } catch (error) {
    if (error.status !== 401) door(error); // 401 went to signedOut
  }
}

// signIn trades a code for a token; it returns the refusal, if that is one.
async function signIn(code) {
  try {
    const { token } = await api.call("POST", api.ours + "sessions", { body: { code }, token: null });
    const me = await api.call("GET", "/api/v1/accounts/verify_credentials", { token });
    session.choose({ did: me.rossgram.did, acct: me.acct, name: me.display_name || me.username, token });
  } catch (error) {
    return error;
  }
}

// door is what someone sees who is not signed in; nothing of the owner's is left.
function door(error) {
  body.dataset.state = "out";
  feed.close();
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  $("door-trouble").hidden = !error;
  $("door-trouble").textContent = error?.message ?? "";
  offer($("door-accounts"), "Continue as");
}

// offer lists the accounts this browser also has tokens of.
function offer(place, verb) {
  const others = Object.values(session.accounts()).filter((a) => a.did !== session.current()?.did);
  place.replaceChildren(...others.map((account) => {
    const button = el("button", { type: "button" }, `${verb} ${account.acct}`);
    button.addEventListener("click", () => {
      session.choose(account);
      location.reload();
    });
    return button;
  }));
}

function enter(me) {
  body.dataset.state = "in";
  document.title = `${me.display_name || me.username} · rossgram`;
  $("my-name").textContent = me.display_name || me.username;
  $("my-acct").textContent = me.acct;
  const avatar = el("span", { className: "avatar" });
  paintAvatar(avatar, me);
  $("menu").firstElementChild.replaceChildren(avatar);
  offer($("other-accounts"), "Switch to");
  feed.open(me);
  people.begin(() => feed.open(me));
  compose.begin(session.current(), (status) => (status ? feed.insert(status) : feed.look()));
  watch();
}

const heard = {
  open: () => [feed.look(), people.refresh(), people.refreshNode()],
  post: () => feed.look(),
  delete: (data) => feed.remove(data ?? {}),
  follow: () => [people.refresh(), feed.look()],
  lost: () => [people.refresh(), feed.look()],
  peer: () => people.refreshNode(),
  warning: () => people.refreshNode(),
};

// watch follows the node's events while the page is looked at: a browser has few
// connections to one place, and many tabs would use them up.
function watch() {
  let listening;
  const follow = () => {
    listening?.abort();
    if (document.hidden) return;
    listening = new AbortController();
    listen(listening.signal, (type, data) => heard[type]?.(data));
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

async function signOut() {
  try {
    await api.request("DELETE", api.ours + "sessions");
  } catch {} // the token stays listed on the node; this browser has it no more
  session.forget();
  location.reload();
}

function view(name) {
  body.dataset.view = name;
  for (const button of document.querySelectorAll("nav.bottom [data-do^=view]")) {
    if (button.dataset.do === `view-${name}`) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  scrollTo({ top: 0 });
}

const deeds = {
  compose: () => compose.add([]),
  discard: compose.discard,
  invite: people.invite,
  "close-compose": () => $("compose").close(),
  "copy-invite": people.copyInvite,
  "follow-someone": () => [view("people"), $("who").focus()],
  "sign-out": signOut,
  "view-feed": () => view("feed"),
  "view-people": () => view("people"),
};

addEventListener("click", (e) => {
  deeds[e.target.closest?.("[data-do]")?.dataset.do]?.();
  if (!e.target.closest?.("#menu")) $("menu").open = false;
});
addEventListener("keydown", (e) => {
  if (e.key === "Escape") $("menu").open = false;
});
addEventListener("hashchange", () => location.hash.includes("code=") && location.reload());
api.events.addEventListener("signed-out", () => {
  session.forget();
  door(new Error("This browser is signed out: its token was revoked, or belongs to another node."));
});

start();
