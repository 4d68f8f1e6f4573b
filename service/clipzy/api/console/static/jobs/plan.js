// What was done to the footage, in the engine's own words.

import { h } from "../lib/dom.js";
import { clock, round } from "../lib/format.js";
import { placed } from "../timeline/model.js";

/** The section of an edit plan. */
export function planSection(plan) {
  const clips = placed(plan);
  const reasons = plan.reasons.map((reason) => h("li", {}, capital(reason)));
  return h(
    "section",
    { class: "plan", "aria-labelledby": "plan-title" },
    h("header", {}, h("h2", { id: "plan-title" }, "What was done, and why")),
    h("ul", { class: "reasons card" }, reasons),
    h(
      "details",
      { class: "card" },
      h("summary", {}, `Every clip (${clips.length})`),
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of clips" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ["#", "At", "Length", "Out of the footage", "Framing", "Comes in by", "Why"].map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, clips.map(row)),
        ),
      ),
    ),
  );
}

function row(clip, index) {
  const cells = [
    index + 1,
    clock(clip.start, true),
    `${round(clip.end - clip.start, 2)} s`,
    `${clock(clip.sourceStart, true)}–${clock(clip.sourceStart + clip.end - clip.start, true)}`,
    clip.isWhole ? "whole" : `${Math.round(100 / clip.crop.width)} % closer`.replace(/^\d+/, (zoom) => zoom - 100),
    clip.transition ? `${clip.transition.type}, ${clip.transition.duration_ms} ms` : "cut",
    clip.reason,
  ];
  return h("tr", {}, cells.map((cell) => h("td", {}, String(cell))));
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
