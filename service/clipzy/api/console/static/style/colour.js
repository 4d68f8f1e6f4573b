// The look: swatches, the tone curve, and the six sliders.

import { h, svg } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { card } from "./card.js";
import { slider } from "./meters.js";
import { graded } from "./tone.js";

const SLIDERS = [
  ["temperature", "Temperature", "cool", "warm"],
  ["tint", "Tint", "green", "magenta"],
  ["saturation", "Saturation", "grey", "vivid"],
  ["contrast", "Contrast", "flat", "steep"],
  ["highlights", "Highlights", "darker", "lighter"],
  ["shadows", "Shadows", "darker", "lighter"],
];

/** The card of a grade; `measured`: the colours that were seen, or null. */
export function colourCard({ color_grade: grade }, measured) {
  const palette = measured?.measurements.video.color.palette ?? [];
  return card(
    "Colour",
    { wide: true },
    palette.length > 0 && swatches(palette),
    h(
      "div",
      { class: "colour" },
      sliders(grade),
      h("figure", {}, toneCurve(grade), h("figcaption", { class: "small" }, "Tone curve")),
    ),
  );
}

/** The six sliders. */
export function sliders(grade) {
  return h(
    "dl",
    { class: "sliders" },
    SLIDERS.map(([key, name, low, high]) => slider(name, grade[key], low, high)),
  );
}

/** What the look does to dark and light tones, against a straight line. */
export function toneCurve(grade) {
  const points = Array.from({ length: 65 }, (_, index) => {
    const lightness = index / 64;
    return `${(100 * lightness).toFixed(1)} ${(100 - 100 * graded(lightness, grade)).toFixed(1)}`;
  });
  return svg(
    "svg",
    { class: "tone-curve", viewBox: "-1 -1 102 102", role: "img", "aria-label": described(grade) },
    svg("path", { class: "grid", d: "M25 0V100M50 0V100M75 0V100M0 25H100M0 50H100M0 75H100" }),
    svg("path", { class: "straight", d: "M0 100L100 0" }),
    svg("path", { class: "curve", d: `M${points.join("L")}` }),
  );
}

function described(grade) {
  const tone = (at) => {
    const change = Math.round(100 * (graded(at, grade) - at));
    return change === 0 ? "unchanged" : `${Math.abs(change)} percent ${change > 0 ? "lighter" : "darker"}`;
  };
  return `Tone curve: shadows ${tone(0.25)}, middle tones ${tone(0.5)}, highlights ${tone(0.75)}`;
}

function swatches(palette) {
  const total = palette.reduce((sum, { share }) => sum + share, 0);
  const items = palette.map(({ color, share }) =>
    h(
      "li",
      {
        style: { "--colour": color, "flex-grow": String(share / total) },
        title: `${color}, ${percent(share)} of the picture`,
      },
      h("code", {}, color),
    ),
  );
  return h("ul", { class: "swatches", "aria-label": "Main colours" }, items);
}
