// How single measures are drawn: sliders about a middle, dials, bars, and figures with their unit.

import { h, svg } from "../lib/dom.js";
import { percent, signed } from "../lib/format.js";

/** A slider from -100 to 100; `low` and `high` name its ends. */
export function slider(name, value, low, high) {
  const share = Math.abs(value) / 2;
  const bar = h("span", {
    class: "slider-fill",
    style: { left: `${value < 0 ? 50 - share : 50}%`, width: `${share}%` },
  });
  return h(
    "div",
    { class: "slider" },
    h("dt", {}, name),
    h(
      "dd",
      {},
      h("span", { class: "slider-track", "aria-hidden": "true" }, bar),
      h("span", { class: "figure" }, signed(value)),
    ),
    h("dd", { class: "small meaning" }, `${low} to ${high}`),
  );
}

/** A dial from 0 to 100 with its value in the middle. */
export function dial(name, value, words) {
  const arc = (share, className) => svg("path", { class: className, d: arcTo(share), fill: "none" });
  return h(
    "div",
    { class: "dial" },
    svg(
      "svg",
      { viewBox: "0 0 100 58", "aria-hidden": "true" },
      arc(1, "dial-ground"),
      value >= 1 && arc(value / 100, "dial-fill"),
    ),
    h("span", { class: "dial-figure" }, String(Math.round(value))),
    h("span", { class: "dial-name" }, name),
    h("span", { class: "small" }, words),
  );
}

/** A named share 0..1 as a bar, above what it takes; null where nobody knows. */
export function bar(name, share, hint) {
  return h(
    "div",
    { class: "share" },
    h("dt", {}, name),
    h("dd", {}, shareTrack(share), h("span", { class: "figure" }, percent(share))),
    hint && h("dd", { class: "small meaning" }, hint),
  );
}

/** A share 0..1 as a bar alone, beside which a figure says it. */
export function shareTrack(share) {
  return h("span", { class: "share-track", "aria-hidden": "true" }, h("span", { style: { width: `${share * 100}%` } }));
}

/** A figure with its unit, and what it is. */
export function figure(value, unit, name) {
  return h(
    "div",
    { class: "stat" },
    h("span", { class: "stat-value" }, value, unit && h("small", {}, ` ${unit}`)),
    h("span", { class: "small" }, name),
  );
}

/** Names and what they are, in two columns: [[name, text], …]; those without a text are left out. */
export function facts(pairs) {
  const there = pairs.filter(([, text]) => text !== null && text !== undefined);
  return h(
    "dl",
    { class: "facts" },
    there.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))),
  );
}

function arcTo(share) {
  const angle = Math.PI * (1 - share);
  const [x, y] = [50 + 42 * Math.cos(angle), 50 - 42 * Math.sin(angle)];
  return `M8 50A42 42 0 0 1 ${x.toFixed(2)} ${y.toFixed(2)}`;
}
