// Who this browser is signed in as. Each account has a token of its own, kept in
// localStorage, which only pages of this node can read.

const kept = "rossgram.accounts", chosen = "rossgram.account";

export const accounts = () => JSON.parse(localStorage.getItem(kept) ?? "{}");

let did = localStorage.getItem(chosen);

// current is the account signed in, as {did, acct, name, token}, or undefined.
export const current = () => accounts()[did];

function keep(all) {
  localStorage.setItem(kept, JSON.stringify(all));
}

// choose makes one of the accounts the current one.
export function choose(account) {
  did = account.did;
  keep({ ...accounts(), [did]: account });
  localStorage.setItem(chosen, did);
}

// forget removes the current account's token from this browser.
export function forget() {
  const all = accounts();
  delete all[did];
  keep(all);
}

// takeCode returns the code of a one-time link and takes it out of the address,
// so that it is in no history and no bookmark.
export function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) history.replaceState(null, "", location.pathname);
  return code;
}
