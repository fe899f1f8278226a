// The step before an app is let in: goes on as who this browser is signed in as.
// The page that asks has no script and can't read what the browser keeps.

import { accounts } from "./session.js";

const form = document.getElementById("sign-in");
const kept = Object.values(accounts());

function goOn(account) {
  document.getElementById("credential").value = account.token;
  form.submit();
}

for (const account of kept) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "main-button";
  button.textContent = `Go on as ${account.acct}`;
  button.addEventListener("click", () => goOn(account));
  document.getElementById("accounts").append(button);
}
if (kept.length === 1 && "go" in form.dataset) goOn(kept[0]);
