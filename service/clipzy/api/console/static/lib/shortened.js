// A text that may be longer than its line, such as a file's name. Its end stays in sight: by that cameras and people tell files apart.

import { h } from "./dom.js";

// where a word of the end begins, since letters that are joined are not to be drawn apart; else the last so many
const END = /(?<=[^\p{L}\p{M}]).{4,14}$/su;
const LAST = /.{1,12}$/su;

/** The text in an element of its own, all of it in its title; shortened in the middle where there is no room. */
export function shortened(tag, props, text) {
  const [end] = END.exec(text) ?? LAST.exec(text) ?? [""];
  const start = text.slice(0, text.length - end.length);
  const parts = [start && h("span", {}, start), h("span", {}, end)];
  return h(tag, { ...props, class: `shortened ${props.class ?? ""}`.trim(), dir: "auto", title: text }, parts);
}
