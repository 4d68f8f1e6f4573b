// The choices made for jobs: for the one that is being put together, kept while other pages are shown, and for those that were
// started, to which the browser's Back leads. They are gone with the tab.

import { Draft } from "./draft.js";
import { options } from "./options.js";

let waiting = null;
const started = new Map();

/** Choices as {draft, options}: those left to this entry of the history, else those that are kept; new ones where `afresh`. */
export function choices({ afresh }) {
  const before = started.get(history.state?.choices);
  if (before) return before;
  if (afresh || !waiting) waiting = { draft: new Draft(), options: options() };
  return waiting;
}

/** Leave choices to the history's entry, once their job is started: the next job begins with none. */
export function leave(left) {
  const key = history.state?.choices ?? newKey();
  started.set(key, left);
  history.replaceState({ ...history.state, choices: key }, "");
  if (waiting === left) waiting = null;
}

/** One that no entry of the history has, of those before the page was loaded anew neither; randomUUID wants https. */
function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** Forget everything, as somebody else may come. */
export function clear() {
  waiting = null;
  started.clear();
}
