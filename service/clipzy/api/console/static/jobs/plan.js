// What was done to the footage, in the engine's own words.

import { h } from "../lib/dom.js";
import { capital, clock, round } from "../lib/format.js";
import { scrolling, tableHead } from "../lib/table.js";
import { placed } from "../timeline/model.js";

/** The reasons of a plan, which was rendered or is still to be. */
export function whatWasDone(plan, isRendered) {
  const reasons = plan.reasons.map((reason) => h("li", {}, capital(reason)));
  return h(
    "section",
    { class: "card done", "aria-labelledby": "done-title" },
    h("h2", { id: "done-title" }, isRendered ? "What was done" : "What will be done"),
    h("ul", { class: "reasons" }, reasons),
  );
}

/** Each clip of a plan, folded away. */
export function clipTable(plan) {
  const clips = placed(plan);
  const columns = ["#", "At", "Length", "From the footage", "Framing", "Transition in", "Why"];
  const table = h("table", {}, tableHead(columns), h("tbody", {}, clips.map(row)));
  return h(
    "details",
    { class: "card plan" },
    h("summary", {}, `Every clip of the edit (${clips.length})`),
    scrolling("Table of clips", table),
  );
}

function row(clip, index) {
  const cells = [
    index + 1,
    clock(clip.start, true),
    `${round(clip.end - clip.start, 2)} s`,
    `${clock(clip.sourceStart, true)}–${clock(clip.sourceStart + clip.end - clip.start, true)}`,
    words(clip.isWhole ? "whole" : framed(clip)),
    clip.transition ? `${clip.transition.type}, ${clip.transition.duration_ms} ms` : "cut",
    words(clip.reason),
  ];
  return h(
    "tr",
    {},
    cells.map((cell) => (cell instanceof Element ? cell : h("td", {}, String(cell)))),
  );
}

function words(text) {
  return h("td", { class: "words" }, text);
}

function framed({ crop: { width, height }, path }) {
  return `${Math.round(100 * width)} × ${Math.round(100 * height)} % of the picture${path.length > 0 ? ", moving" : ""}`;
}
