// The bearer token: kept for as long as the tab is, and sent with every request.

const KEY = "clipzy.token";

/** The token; null where none was given. */
export function token() {
  return sessionStorage.getItem(KEY);
}

/** Keep a token, or forget it (null). */
export function keepToken(text) {
  if (text) sessionStorage.setItem(KEY, text);
  else sessionStorage.removeItem(KEY);
}

/** The header that says who is calling; none without a token. */
export function credentials() {
  const kept = token();
  return kept ? { Authorization: `Bearer ${kept}` } : {};
}
