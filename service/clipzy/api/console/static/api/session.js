// The bearer token: kept for as long as the tab is, and sent with every request.

const KEY = "clipzy.token";

/** Fires "refused" once the engine does not accept what was sent: no token, where it wants one, or one that is not valid any more. */
export const session = new EventTarget();

/** The token; null where none was given. */
export function token() {
  return sessionStorage.getItem(KEY);
}

/** Keep a token, or forget it (null). */
export function keepToken(text) {
  if (text) sessionStorage.setItem(KEY, text);
  else sessionStorage.removeItem(KEY);
}

/** Take note that the engine refused a request that was sent with `sent`. An earlier person's token is no longer of interest. */
export function refuse(sent) {
  if (sent !== token()) return;
  keepToken(null);
  session.dispatchEvent(new CustomEvent("refused", { detail: { hadToken: sent !== null } }));
}

/** The header that says who is calling, by the token that is kept or another one; none without a token. */
export function credentials(kept = token()) {
  return kept ? { Authorization: `Bearer ${kept}` } : {};
}
