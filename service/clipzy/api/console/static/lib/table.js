// Tables that may be wider than the page, and their heads.

import { h } from "./dom.js";

/** The head of a table with these columns; a column without a name has an empty cell. */
export function tableHead(columns) {
  return h("thead", {}, h("tr", {}, columns.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {})))));
}

/** A table in a region that scrolls sideways, by keys too. */
export function scrolling(label, table) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);
}
