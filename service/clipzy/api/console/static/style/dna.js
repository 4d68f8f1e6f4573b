// The Style DNA as people read it, and as programs do: to be copied.

import { address } from "../api/client.js";
import { token } from "../api/session.js";
import { copy } from "../lib/clipboard.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { framingCard, motionCard, rhythmCard, textCard, transitionsCard } from "./cards.js";
import { colourCard } from "./colour.js";
import { comparePicker } from "./compare-picker.js";
import { confidenceCard } from "./confidence.js";
import { soundCard } from "./sound.js";

// what the engine does with each field of a given style (style/dna.py)
const PUT_ON_FOOTAGE =
  "A job given this style applies its colours, sound, cuts, transitions, zooms, shape and frame rate to the footage. Tempo, beats, genre, motion and text are described only.";

/** The section. `measured`: what it was read from, or null; `evidence`: the template with its timeline, or null. */
export function dna({ job, style, measured, evidence = null, signal }) {
  const json = () => copy(JSON.stringify(style, null, 2), "Style DNA");
  const curl = () => copy(asCurl(style), "curl command");
  const button = (label, title, click) => h("button", { type: "button", title, on: { click } }, icon("copy"), label);
  return h(
    "section",
    { class: "dna", "aria-labelledby": "dna-title" },
    h(
      "header",
      {},
      h("h2", { id: "dna-title" }, "Style DNA"),
      h(
        "div",
        { class: "buttons" },
        button("Copy JSON", "The whole Style DNA", json),
        button("Copy curl", "The command that applies this style to other footage", curl),
        comparePicker(job, signal),
      ),
    ),
    h("p", { class: "small" }, PUT_ON_FOOTAGE),
    evidence,
    h(
      "div",
      { class: "dna-cards" },
      colourCard(style, measured),
      confidenceCard(style, measured),
      rhythmCard(style, measured),
      transitionsCard(style, measured),
      motionCard(style, measured),
      framingCard(style, measured),
      soundCard(style, measured),
      textCard(style),
    ),
  );
}

/** The command that puts a style on other footage. */
export function asCurl(style) {
  const body = JSON.stringify({ video_id: "YOUR_VIDEO_ID", config: { style } });
  const quoted = body.replaceAll("'", String.raw`'\''`); // within a shell's single quotes
  const bearer = token() ? ` \\\n  -H "authorization: Bearer $CLIPZY_TOKEN"` : "";
  return `curl ${address("jobs")} \\\n  -H 'content-type: application/json'${bearer} \\\n  -d '${quoted}'`;
}
