// How a style sounds. `measured`: what was heard of its video; null where that is not known.

import { percent, round, signed, words } from "../lib/format.js";
import { h } from "../lib/dom.js";
import { card } from "./card.js";
import { facts, figure } from "./meters.js";

const FULL_LUFS = { quietest: -30, loudest: -8 }; // the ends of the scale 0..1 (style/loudness.py)

/** How it sounds. */
export function soundCard(style, measured) {
  const sound = style.audio_style;
  const { audio } = measured?.measurements ?? {};
  const level = sound.normalization_level;
  const lufs =
    audio?.loudness.integrated_lufs ??
    (level > 0 ? FULL_LUFS.quietest + level * (FULL_LUFS.loudest - FULL_LUFS.quietest) : null);
  const peak = audio?.loudness.true_peak_dbtp ?? null;
  const range = audio?.loudness.range_lu ?? null;
  return card(
    "Sound",
    {},
    h(
      "div",
      { class: "stats" },
      lufs === null ? figure("—", "", "silent") : figure(round(lufs, 1).replace("-", "−"), "LUFS", loudness(level)),
      figure(
        `${round(sound.compression_ratio, 1)}:1`,
        "",
        sound.compression_ratio < 1.2 ? "not compressed" : "compression",
      ),
    ),
    facts([
      ["Music", genre(style, audio)],
      ["Range", range === null ? null : `${round(range, 1)} LU`],
      ["True peak", peak === null ? null : `${peak > 0 ? "+" : ""}${round(peak, 1).replace("-", "−")} dB`],
      ["Bass", sound.bass_boost >= 1 ? signed(sound.bass_boost) : "unchanged"],
      ["Speech", speech(sound, audio)],
    ]),
  );
}

function loudness(level) {
  return level > 0.9
    ? "very loud"
    : level > 0.6
      ? "as loud as the web"
      : level > 0.25
        ? "as loud as television"
        : "quiet";
}

function genre({ music_genre: name }, audio) {
  if (!name) return "none";
  const score = audio?.genre ? ` ${percent(audio.genre.score)}` : "";
  const others = audio?.genre_runners_up.filter((other) => other.score > 0.05) ?? [];
  return `${words(name)}${score}${others.length ? `; or ${others.map((other) => `${words(other.genre)} ${percent(other.score)}`).join(", ")}` : ""}`;
}

function speech(sound, audio) {
  const there = audio && audio.speech_ratio > 0.02 ? `${percent(audio.speech_ratio)} of the time` : audio ? "none" : "";
  return sound.enhance_speech ? `enhanced${there ? `, ${there}` : ""}` : there || "unchanged";
}
