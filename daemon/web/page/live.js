// What happens on the node, as it happens. EventSource cannot send a token, so
// the stream is read here (HTML standard, 9.2.6, "Interpreting an event stream").

import { ours, request } from "./api.js";

const longest = 30_000; // milliseconds between two tries
const maxEvent = 1 << 20; // characters

// listen calls each(type, data) for every event until the signal, and waits
// longer between tries the more of them fail. The type "open" says that events
// may have been missed before.
export async function listen(signal, each) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await stream(signal, (type, data) => {
        failures = 0;
        each(type, data);
      });
    } catch (error) {
      if (error.status === 401 || error.status === 403) return;
    }
    await pause(Math.min(longest, 500 * 2 ** failures++) * (0.5 + Math.random() / 2), signal);
  }
}

async function stream(signal, each) {
  const answer = await request("GET", ours + "events", { headers: { Accept: "text/event-stream" }, signal });
  each("open", null);
  let rest = "", type = "", data = [];
  for await (const text of chunks(answer.body)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    if (rest.length > maxEvent || data.length > maxEvent) throw new Error("an event is too large");
    for (const line of lines.map((l) => l.replace(/\r$/, ""))) {
      if (line.startsWith("event:")) type = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5));
      else if (line === "") {
        if (data.length) each(type, JSON.parse(data.join("\n")));
        [type, data] = ["", []];
      }
    }
  }
}

// chunks reads a body as text; not every browser can iterate over a stream.
async function* chunks(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part; !(part = await reader.read()).done; ) yield part.value;
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
