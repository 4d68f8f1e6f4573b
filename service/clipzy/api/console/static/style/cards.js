// The other aspects of a style, one card each. `measured`: what was seen and heard of its video; null where that is not known.

import { h } from "../lib/dom.js";
import { clock, counted, percent, round, words } from "../lib/format.js";
import { card } from "./card.js";
import { dial, facts, figure, shareTrack } from "./meters.js";

const MOST_TEXTS = 12; // shown: captions come by the hundred

/** How fast it is cut, and whether on the beat. */
export function rhythmCard(style, measured) {
  const rhythm = measured?.rhythm;
  const cuts = style.cut_frequency;
  const onBeat = rhythm?.on_beat ?? null;
  const onBeatText =
    onBeat === null
      ? null
      : `${percent(onBeat)} of the cuts${rhythm.by_chance === null ? "" : `; by chance it would be ${percent(rhythm.by_chance)}`}`;
  return card(
    "Rhythm",
    {},
    h(
      "div",
      { class: "stats" },
      figure(round(cuts, 1), "cuts/min", cuts ? `a cut every ${round(60 / cuts, 1)} s` : "one long shot"),
      tempo(style),
    ),
    facts([
      ["On the beat", onBeatText],
      ["On downbeats", rhythm?.on_downbeat == null ? null : percent(rhythm.on_downbeat)],
      ["Steadiness", stability(measured)],
    ]),
  );
}

function tempo({ tempo_bpm: bpm }) {
  return bpm === null ? figure("—", "", "no steady beat") : figure(round(bpm, 1), "bpm", "tempo of the music");
}

function stability(measured) {
  const stable = measured?.measurements.audio.tempo_stability ?? null;
  if (stable === null) return null;
  return stable > 0.9 ? "like a machine" : stable > 0.6 ? "steady" : "free";
}

/** How shots give way to each other. */
export function transitionsCard(style, measured) {
  const found = new Map();
  for (const { type } of measured?.measurements.video.boundaries ?? []) found.set(type, (found.get(type) ?? 0) + 1);
  const most = Math.max(...found.values(), 1);
  return card(
    "Transitions",
    {},
    h(
      "div",
      { class: "stats" },
      [style.primary_transition, style.secondary_transition].filter(Boolean).map(transition),
    ),
    h(
      "dl",
      { class: "counts" },
      [...found].map(([type, count]) =>
        h("div", {}, h("dt", {}, words(type)), h("dd", {}, shareTrack(count / most), String(count))),
      ),
    ),
  );
}

function transition({ type, duration_ms: length, easing }, index) {
  const about = length ? `${length} ms, ${words(easing)}` : "at once";
  return h(
    "div",
    { class: "stat" },
    h("span", { class: "stat-value" }, words(type)),
    h("span", { class: "small" }, `${index ? "next" : "most"} often · ${about}`),
  );
}

/** How much moves. */
export function motionCard(style, measured) {
  const moves = measured?.measurements.motion.moves ?? [];
  const kinds = [...new Set(moves.map((move) => move.kind))];
  const list = kinds.map((kind) => `${words(kind)} ×${moves.filter((move) => move.kind === kind).length}`).join(", ");
  return card(
    "Motion",
    {},
    h(
      "div",
      { class: "dials" },
      dial("Motion", style.motion_intensity, amount(style.motion_intensity, ["still", "calm", "lively", "restless"])),
      dial("Zooms", style.zoom_usage, amount(style.zoom_usage, ["none", "a few shots", "many shots", "nearly all"])),
    ),
    facts([["Camera", list || null]]),
  );
}

function amount(value, [none, little, much, most]) {
  return value < 2 ? none : value < 34 ? little : value < 75 ? much : most;
}

/** The shape of the picture, and where things are in it. */
export function framingCard(style, measured) {
  const composition = measured?.measurements.video.composition;
  const faces = measured?.measurements.video.subjects.filter((subject) => subject.is_face).length ?? 0;
  return card(
    "Framing",
    {},
    h(
      "div",
      { class: "stats" },
      h("span", { class: "shape", data: { shape: style.aspect_ratio }, "aria-hidden": "true" }),
      figure(style.aspect_ratio, "", "shape"),
      figure(String(style.frame_rate), "fps", "frames per second"),
    ),
    facts([
      ["On the lines of thirds", share(composition?.thirds)],
      ["Room above heads", share(composition?.headroom)],
      ["Leading lines", share(composition?.leading_lines)],
      ["Faces seen", faces ? `in ${counted(faces, "sample")}` : null],
    ]),
  );
}

function share(value) {
  return value === null || value === undefined ? null : percent(value);
}

function shown({ start_ms: start, duration_ms: length }) {
  const seconds = (ms) => clock(ms / 1000, true);
  return start === null || start === undefined
    ? `for ${seconds(length)}`
    : `${seconds(start)}\u2013${seconds(start + length)}`;
}

/** Text in the picture; null where there is none. */
export function textCard(style) {
  if (!style.text_overlays.length && !style.use_subtitles) return null;
  const rest = style.text_overlays.length - MOST_TEXTS;
  const overlays = style.text_overlays
    .slice(0, MOST_TEXTS)
    .map((text) =>
      h(
        "li",
        {},
        h("span", { class: "text-colour", style: { "--colour": text.color }, title: text.color }),
        h("strong", {}, text.content),
        h("span", { class: "small" }, `${percent(text.size)} high, ${shown(text)}`),
      ),
    );
  return card(
    "Text",
    {},
    style.use_subtitles && h("p", {}, "It carries subtitles or captions."),
    h("ul", { class: "texts" }, overlays),
    rest > 0 && h("p", { class: "small" }, `And ${rest} more.`),
  );
}
