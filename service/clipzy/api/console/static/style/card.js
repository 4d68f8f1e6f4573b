// A card of the style: one aspect, under its name.

import { h } from "../lib/dom.js";

/** The card; `wide` ones take two columns. */
export function card(title, { wide = false } = {}, ...content) {
  return h("section", { class: wide ? "card dna-card wide-card" : "card dna-card" }, h("h3", {}, title), content);
}
