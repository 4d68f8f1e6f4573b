// How far a style can be relied on, and what that rests on.

import { h, svg } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { card } from "./card.js";
import { bar } from "./meters.js";

const RELIABLE = 0.85;
const DOUBTFUL = 0.6;
/** By the engine's names: what each part is called, and what it takes. */
export const PARTS = {
  length: ["Length", "20 seconds are enough"],
  shots: ["Shots", "eight are enough"],
  boundaries: ["Shot changes", "how sure they are"],
  color: ["Colour", "how well the shots agree on one look"],
  picture: ["Picture", "480 lines and 20 frames per second are enough"],
  motion: ["Motion", "where it could be seen"],
  sound: ["Sound", "whether there is any, and how clear its beats are"],
  tempo: ["Tempo", "how steady it is, and how surely not half or double"],
};

/** The card. */
export function confidenceCard({ extraction_confidence: whole }, measured) {
  const parts = Object.entries(measured?.confidence_parts ?? {});
  return card(
    "Confidence",
    {},
    h(
      "div",
      { class: "confidence", data: { level: level(whole) } },
      ring(whole),
      h("p", {}, h("strong", {}, title(whole)), h("span", { class: "small" }, advice(whole))),
    ),
    parts.length > 0 &&
      h(
        "dl",
        { class: "shares" },
        parts.map(([key, share]) => bar(PARTS[key]?.[0] ?? key, share, PARTS[key]?.[1] ?? null)),
      ),
  );
}

/** A word for a confidence 0..1. */
export function title(whole) {
  return { high: "Reliable", middle: "Usable", low: "Doubtful" }[level(whole)];
}

function level(whole) {
  return whole > RELIABLE ? "high" : whole >= DOUBTFUL ? "middle" : "low";
}

function advice(whole) {
  return {
    high: "Long and clear enough to rely on.",
    middle: "Partly a guess: see the low values below.",
    low: "Too short, too uneven or too poor: try a longer template.",
  }[level(whole)];
}

function ring(share) {
  const around = 2 * Math.PI * 20;
  return h(
    "span",
    { class: "ring" },
    svg(
      "svg",
      { viewBox: "0 0 48 48", "aria-hidden": "true" },
      svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-ground" }),
      svg("circle", { cx: 24, cy: 24, r: 20, class: "ring-fill", "stroke-dasharray": `${share * around} ${around}` }),
    ),
    h("span", {}, percent(share)),
  );
}
