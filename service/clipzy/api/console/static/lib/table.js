// Tables that may be wider than the page.

import { h } from "./dom.js";

/** A table in a region that scrolls sideways, by keys too. */
export function scrolling(label, table) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);
}
