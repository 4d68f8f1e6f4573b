// The choices of a job: `config` in plain words, what few need folded away.

import { h } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { choice, field, select, toggle } from "./fields.js";
import { jsonOf } from "./json-file.js";

const STRENGTH = 0.7; // the engine's own default
const ASPECTS = [
  ["color", "Colours", "white balance, contrast, saturation"],
  ["pacing", "Rhythm", "as many cuts, on the beat"],
  ["transitions", "Transitions", "dissolves, fades, wipes"],
  ["motion", "Motion", "zooms and moves"],
  ["framing", "Framing", "aspect ratio, following the subject"],
  ["audio", "Sound", "loudness, compression, bass"],
];
const SOUNDS = [
  ["source", "Its own"],
  ["template", "Template’s"],
  ["mix", "Both"],
];
const SHOWN = [
  ["all", "All of it"],
  ["best", "Best moments"],
];
const RESULTS = [
  ["video", "Video"],
  ["plan", "Edit plan only"],
  ["style", "Style DNA only"],
];
const QUALITIES = [
  ["low", "Draft"],
  ["medium", "Good"],
  ["high", "Best"],
];
const SHAPES = [
  ["", "As in the style"],
  ["16:9", "16:9, wide"],
  ["9:16", "9:16, tall"],
  ["1:1", "1:1, square"],
];
const RATES = [["", "As in the style"], ...["24", "30", "60"].map((rate) => [rate, `${rate} frames per second`])];

/** The section; `read(form)` of its form gives what to send. */
export function options() {
  const section = h(
    "section",
    { class: "options", "aria-labelledby": "options-title" },
    h(
      "header",
      {},
      h("h2", { id: "options-title" }, "What to apply"),
      h("span", { class: "small" }, "from the template"),
    ),
    h(
      "div",
      { class: "toggles" },
      ASPECTS.map(([name, label, hint]) => toggle(name, label, hint)),
    ),
    h(
      "div",
      { class: "option-row" },
      strength(),
      choice("quality", "Quality", QUALITIES, "medium"),
      choice("sound", "Sound heard", SOUNDS, "source"),
      choice("shown", "Keep of the footage", SHOWN, "all"),
      choice("result", "Make", RESULTS, "video"),
    ),
    advanced(),
  );
  section.addEventListener("change", () => settle(section));
  settle(section);
  return section;
}

/** Disable choices that others make void: whose sound is heard where it is kept as it is, how long the best moments last where all is shown. */
function settle(section) {
  const controls = (name) => [...section.querySelectorAll(`[name=${name}]`)];
  const isOn = (name) => controls(name)[0].checked;
  for (const [name, aspect] of [
    ["sound", "audio"],
    ["shown", "pacing"],
  ]) {
    controls(name)[0].closest("fieldset").disabled = !isOn(aspect);
  }
  const best = controls("shown").find((each) => each.value === "best");
  controls("target_duration_seconds")[0].disabled = !(isOn("pacing") && best.checked);
}

/**
 * What a form's choices are on the wire, as the parts of a job's request; what is left as it was is left out. Throws NotJson.
 */
export async function read(form) {
  const values = new FormData(form);
  const config = {};
  for (const [name] of ASPECTS) if (!values.has(name)) config[name] = false;
  if (values.has("sound") && values.get("sound") !== "source") config.audio = values.get("sound");
  if (values.get("shown") === "best") {
    config.pacing = "highlights";
    if (values.get("target_duration_seconds"))
      config.target_duration_seconds = Number(values.get("target_duration_seconds"));
  }
  if (Number(values.get("strength")) !== STRENGTH) config.strength = Number(values.get("strength"));
  if (values.get("quality") !== "medium") config.quality = values.get("quality");
  if (values.get("result") === "plan") config.render = "plan";
  if (values.get("result") === "style") config.render = false;
  if (values.get("aspect_ratio")) config.aspect_ratio = values.get("aspect_ratio");
  for (const name of ["frame_rate", "max_height", "min_height", "seed"])
    if (values.get(name)) config[name] = Number(values.get(name));
  if (values.has("frame_blending")) config.frame_blending = true;
  for (const name of ["style", "plan"]) if (values.get(name).size) config[name] = await jsonOf(values.get(name), name);
  const rest = {};
  if (values.get("webhook_url")) rest.webhook_url = values.get("webhook_url");
  if (values.get("priority")) rest.priority = Number(values.get("priority"));
  return { ...(Object.keys(config).length ? { config } : {}), ...rest };
}

function strength() {
  const input = h("input", { type: "range", name: "strength", min: 0, max: 1, step: 0.05, value: STRENGTH });
  const output = h("output", {});
  const tell = () => {
    output.textContent = percent(input.valueAsNumber);
    input.style.setProperty("--filled", percent(input.valueAsNumber).replace(" ", ""));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", tell);
  tell();
  const whole = field("Strength of the colours", input);
  whole.querySelector("label").append(" ", output);
  return whole;
}

function advanced() {
  const number = (name, props) => h("input", { type: "number", name, inputmode: "numeric", ...props });
  const file = (name) => h("input", { type: "file", name, accept: ".json,application/json" });
  return h(
    "details",
    { class: "advanced" },
    h("summary", {}, "Advanced"),
    h(
      "div",
      { class: "grid" },
      field("Shape", select("aspect_ratio", SHAPES)),
      field("Frame rate", select("frame_rate", RATES)),
      field(
        "Greatest height",
        number("max_height", { min: 144, max: 4320, placeholder: "as the footage" }),
        "in pixels",
      ),
      field(
        "Least height",
        number("min_height", { min: 144, max: 4320, placeholder: "as the footage" }),
        "in pixels, smaller pictures are enlarged",
      ),
      field(
        "Length of the best moments",
        number("target_duration_seconds", { min: 1, max: 3600, step: "any", placeholder: "as the template" }),
        "in seconds",
      ),
      field("Seed", number("seed", { min: 0, max: 2 ** 32 - 1, placeholder: "0" }), "the same seed repeats the result"),
      field("Priority", number("priority", { min: 0, placeholder: "0" }), "the lowest starts first"),
      field(
        "Webhook",
        h("input", { type: "url", name: "webhook_url", placeholder: "https://…" }),
        "called when the job ends",
      ),
      field("Style DNA", file("style"), "a style.json, instead of a template"),
      field("Edit plan", file("plan"), "a plan.json, edited or not, rendered as it is"),
      toggle("frame_blending", "Blend frames", "where the frame rate changes: smoother, less sharp", false),
    ),
  );
}
