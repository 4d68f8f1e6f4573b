// Messages: to screen readers alone, or in a note that goes by itself.

import { h } from "./dom.js";

const NOTE_MS = 5000;

/** Have a screen reader say it when it has finished, after what was announced before: the place is a log, to which each is added. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place.lastElementChild?.textContent !== text) shown(place, h("p", {}, text));
}

/** Show a sentence for five seconds. */
export function note(text) {
  shown(document.getElementById("notes"), h("p", { class: "note" }, text));
}

function shown(place, message) {
  place.append(message);
  setTimeout(() => message.remove(), NOTE_MS);
}
