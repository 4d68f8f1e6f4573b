// How far two styles are apart, field by field: the engine's own distances (style/compare.py), with both values in words.

import { capital, round, signed, words } from "../lib/format.js";

const CONTROLS = ["temperature", "tint", "saturation", "contrast", "highlights", "shadows"];

/** Groups of rows {name, a, b, distance}: values as text, distance 0 (the same) .. 1. */
export function difference(a, b) {
  const row = (name, of, told, apart) => ({ name, a: told(of(a)), b: told(of(b)), distance: apart(of(a), of(b)) });
  const slider = (key) =>
    row(
      capital(key),
      (style) => style.color_grade[key],
      signed,
      (x, y) => Math.abs(x - y) / 200,
    );
  const hundred = (x, y) => Math.abs(x - y) / 100;
  const kind = (x, y) => Number(x !== y);
  const [whole, one] = [(value) => round(value), (value) => round(value, 1)];
  const yes = (value) => (value ? "yes" : "no");
  return [
    { title: "Colour", rows: CONTROLS.map(slider) },
    {
      title: "Rhythm",
      rows: [
        row("Cuts per minute", (style) => style.cut_frequency, one, relative),
        row(
          "Tempo, bpm",
          (style) => style.tempo_bpm,
          (value) => (value === null ? "none" : one(value)),
          octaves,
        ),
        row("Most frequent transition", (style) => style.primary_transition, transition, transitionDistance),
        row("Next transition", (style) => style.secondary_transition, transition, transitionDistance),
      ],
    },
    {
      title: "Picture",
      rows: [
        row("Motion", (style) => style.motion_intensity, whole, hundred),
        row("Zooms", (style) => style.zoom_usage, whole, hundred),
        row("Shape", (style) => style.aspect_ratio, String, kind),
        row("Frames per second", (style) => style.frame_rate, String, kind),
        row("Subtitles", (style) => style.use_subtitles, yes, kind),
      ],
    },
    {
      title: "Sound",
      rows: [
        row(
          "Loudness, 0 to 1",
          (style) => style.audio_style.normalization_level,
          (value) => round(value, 2),
          (x, y) => Math.abs(x - y),
        ),
        row(
          "Compression",
          (style) => style.audio_style.compression_ratio,
          (value) => `${one(value)}:1`,
          relative,
        ),
        row("Bass", (style) => style.audio_style.bass_boost, whole, hundred),
        row("Speech enhanced", (style) => style.audio_style.enhance_speech, yes, kind),
        row(
          "Music",
          (style) => style.music_genre,
          (value) => (value === null ? "none" : words(value)),
          kind,
        ),
      ],
    },
  ];
}

function relative(x, y) {
  return Math.max(x, y) === 0 ? 0 : Math.abs(x - y) / Math.max(x, y);
}

function octaves(x, y) {
  if (x === null || y === null) return Number(x !== y);
  return Math.min(Math.abs(Math.log2(x / y)), 1);
}

function transition(value) {
  if (value === null) return "none";
  return value.duration_ms ? `${words(value.type)}, ${value.duration_ms} ms` : words(value.type);
}

function transitionDistance(x, y) {
  if (x === null || y === null) return Number(x !== y);
  return x.type === y.type ? relative(x.duration_ms, y.duration_ms) / 2 : 1;
}
