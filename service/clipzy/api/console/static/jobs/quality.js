// How near the video came to the template, as it was measured on the video itself.

import { h } from "../lib/dom.js";
import { percent, round } from "../lib/format.js";
import { scrolling, tableHead } from "../lib/table.js";

const NAMES = {
  look: "Look",
  loudness: "Loudness",
  true_peak: "True peak",
  cut_frequency: "Cut density",
  on_beat: "Cuts on beats",
  beat_error: "Cuts from beats",
  primary_transition: "Main transition",
  zoom_usage: "Shots that zoom",
  aspect_ratio: "Shape",
  frame_rate: "Frame rate",
  tempo: "Tempo",
};
const UNITS = { loudness: "LUFS", true_peak: "dBTP", cut_frequency: "a minute", beat_error: "ms", zoom_usage: "%", tempo: "bpm" };
const SHARES = ["on_beat", "primary_transition"];

/** The section; null where there is nothing to compare. */
export function qualityTable(report) {
  const rows = (report?.aspects ?? []).filter((aspect) => aspect.name in NAMES);
  if (!rows.length) return null;
  const isOwn = report.compared_with === "own";
  const columns = ["", ...(isOwn ? [] : ["Template"]), "Before", "After", isOwn ? "Kept" : "Distance closed", "Measured on"];
  const body = rows.map((aspect) => row(aspect, isOwn));
  const table = h("table", { class: "quality" }, tableHead(columns), h("tbody", {}, body));
  return h(
    "section",
    { class: "card", "aria-labelledby": "quality-title" },
    h("h2", { id: "quality-title" }, isOwn ? "What was kept" : "How near it came"),
    scrolling("Table of aspects", table),
  );
}

function row(aspect, isOwn) {
  const wanted = aspect.asked ? `${said(aspect, aspect.template)}, asked for` : said(aspect, aspect.template);
  const values = [...(isOwn ? [] : [wanted]), said(aspect, aspect.before), said(aspect, aspect.after)];
  const outcome = isOwn ? kept(aspect) : closed(aspect);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, NAMES[aspect.name]),
    [...values, outcome].map((cell) => h("td", {}, cell)),
    h("td", { class: "small words" }, aspect.measured_on),
  );
}

function said({ name }, value) {
  if (value === null) return "–";
  if (SHARES.includes(name)) return percent(value);
  const number = typeof value === "number" ? round(value, 1) : value;
  return UNITS[name] ? `${number} ${UNITS[name]}` : String(number);
}

function closed({ closed: share, sought }) {
  if (share === null) return "–";
  return sought ? percent(share) : `${percent(share)}, not sought`;
}

function kept({ kept: isKept, sought }) {
  if (isKept === null) return "–";
  if (isKept) return "yes";
  return sought ? "no, as meant" : "no";
}
