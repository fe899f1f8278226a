// The node's HTTP API (docs/api.md), called in the name of the current account.

import { current } from "./session.js";

export const ours = "/api/rossgram/v1/";

// Refused is the node's no, in its own words. Status 0 is no answer at all.
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

const noAnswer = () => new Refused(0, "The node does not answer. Is it running? (make run, or rossgram daemon)");

// refusal reads the body of a failed answer.
function refusal(status, text) {
  try {
    const { error, error_description: more } = JSON.parse(text);
    if (more || error) return new Refused(status, more || error);
  } catch {} // not ours: a proxy's page
  return new Refused(status, `The node answers with status ${status}.`);
}

// signedOut is dispatched when the node no longer knows the token.
export const events = new EventTarget();

function notice(status, token) {
  if (status === 401 && token && token === current()?.token) events.dispatchEvent(new Event("signed-out"));
}

// request returns the answer to a call, or throws Refused.
export async function request(method, path, { body, headers = {}, signal, token = current()?.token } = {}) {
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (error) {
    throw signal?.aborted ? error : noAnswer();
  }
  if (answer.ok) return answer;
  notice(answer.status, token);
  throw refusal(answer.status, await answer.text());
}

// call returns the JSON of an answer.
export async function call(method, path, options) {
  const answer = await request(method, path, options);
  return answer.status === 204 ? null : answer.json();
}

// here is a link of an answer as this page may use it: on this node, by the name
// that the page has for it.
export function here(link) {
  const { pathname, search } = new URL(link, location.href);
  return pathname + search;
}

// nextPage is the address of the page after this one (RFC 8288), or null.
export function nextPage(answer) {
  const link = answer.headers.get("Link")?.match(/<([^>]+)>\s*;\s*rel="?next"?/);
  return link ? here(link[1]) : null;
}

// upload sends a photo and tells how far it is, from 0 to 1; fetch cannot.
export function upload(file, progress, signal) {
  const token = current()?.token, form = new FormData();
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", "/api/v2/media");
    xhr.setRequestHeader("Authorization", `Bearer ${token}`);
    xhr.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    xhr.onerror = () => reject(noAnswer());
    xhr.onabort = () => reject(new Refused(0, "Stopped."));
    xhr.onload = () => {
      if (xhr.status < 300) return resolve(JSON.parse(xhr.responseText));
      notice(xhr.status, token);
      reject(refusal(xhr.status, xhr.responseText));
    };
    signal.addEventListener("abort", () => xhr.abort());
    xhr.send(form);
  });
}
