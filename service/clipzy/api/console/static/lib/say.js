// Messages: to screen readers alone, in a note that goes by itself, or in one that stays.

import { h } from "./dom.js";
import { focusOn } from "./focus.js";
import { icon } from "./icons.js";

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

/** Show why something did not work, until it is dismissed; with the way to the job that is in the way, where there is one. */
export function complain({ message, jobId = null, status = null }) {
  if (status === 401) return; // the page asks for a token by now
  const place = document.getElementById("notes");
  const shown = h("div", { class: "note problem-note", data: { of: message } }, h("p", {}, message));
  const close = () => {
    const wasIn = shown.contains(document.activeElement);
    shown.remove();
    if (wasIn) focusOn(null);
  };
  const link = jobId && h("a", { href: `#/jobs/${jobId}`, on: { click: close } }, "Show the job");
  const props = { type: "button", class: "quiet square", "aria-label": "Dismiss", title: "Dismiss", on: { click: close } };
  shown.append(...[link, h("button", props, icon("cross"))].filter(Boolean));
  for (const each of [...place.children]) if (each.dataset.of === message) each.remove(); // it is said once, and anew
  place.append(shown);
}

/** Take away all that is shown, as somebody else may come. */
export function hush() {
  for (const id of ["announcer", "notes"]) document.getElementById(id).replaceChildren();
}

function shown(place, message) {
  place.append(message);
  setTimeout(() => message.remove(), NOTE_MS);
}
