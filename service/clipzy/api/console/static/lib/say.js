// Messages: to screen readers alone, or in a note that goes by itself.

import { h } from "./dom.js";

const NOTE_MS = 5000;

/** Have a screen reader say it when it has finished. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place.textContent !== text) place.textContent = text;
}

/** Show a sentence for five seconds. */
export function note(text) {
  const shown = h("p", { class: "note" }, text);
  document.getElementById("notes").append(shown);
  setTimeout(() => shown.remove(), NOTE_MS);
}
