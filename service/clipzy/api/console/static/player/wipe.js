// Before and after in one picture: the footage on the left of the divider, the output on the right.

import { h, newId } from "../lib/dom.js";
import { controls, soundChoice, viewChoice } from "./controls.js";
import { divider } from "./divider.js";
import { keepInStep } from "./in-step.js";
import { Playhead } from "./playhead.js";
import { show, videoOf } from "./source.js";

/** The player as {element, playhead}. `paths` of the API: `before` (null: there is none to show) and `after`; `poster`: an address, or null. */
export function wipePlayer({ paths, poster, clips, size, duration, signal }) {
  const video = videoOf("After", { poster });
  // the poster is of another moment than the first frame, beside which it would be compared
  video.addEventListener("loadeddata", () => video.removeAttribute("poster"), { once: true });
  return player({
    video,
    path: paths.after,
    what: "result",
    unplayable: "This browser cannot play the video (H.264). It can be downloaded below.",
    beside: (parts) => (paths.before ? besideIt({ after: video, path: paths.before, clips, signal, ...parts }) : []),
    size,
    duration,
    signal,
  });
}

/** A single video, at a path of the API, with the same bar. */
export function plainPlayer({ path, size, duration, signal }) {
  const video = videoOf("Template");
  return player({ video, path, what: "video", unplayable: "This browser cannot play it.", size, duration, signal });
}

/** A video on its stage, above the bar. `beside`: lays more over the stage, and answers the controls that come with it. */
function player({ video, path, what, unplayable, beside = () => [], size, duration, signal }) {
  const ratio = { "aspect-ratio": `${size.width} / ${size.height}`, "--ratio": size.width / size.height };
  const stage = h("div", { class: "stage", style: ratio }, video);
  const problem = h("p", { class: "stage-problem", hidden: true });
  const waits = h("div", { class: "stage-waits", role: "status" });
  const playhead = new Playhead(video, signal);
  const missing = (why) => say(problem, `The ${what} cannot be shown. ${why}`);
  show(video, { path, what, unplayable, playhead, waits, missing, signal });
  const more = beside({ stage, playhead, waits, problem });
  const bar = controls({ playhead, duration, stage, more, signal });
  const element = h("div", { class: "player" }, h("div", { class: "stage-frame" }, stage), waits, problem, bar);
  return { element, playhead };
}

/** Lay the footage over the output, in step with it; the controls that come with it. */
function besideIt({ after, path, stage, clips, playhead, waits, problem, signal }) {
  const before = videoOf("Before", { class: "before" });
  const view = viewChoice((place) => line.move(place));
  const line = divider(stage, view.mark);
  stage.append(
    h("div", { class: "before-side" }, before),
    h("span", { class: "side left" }, "Before"),
    h("span", { class: "side right" }, "After"),
    line.element,
  );
  keepInStep({ playhead, follower: before, clips, framed: (crop) => frame(before, crop), signal });
  const missing = (why) => {
    stage.classList.add("alone");
    view.element.hidden = true;
    // that the result cannot be shown says more
    if (problem.hidden) say(problem, `The footage cannot be shown beside the result. ${why}`);
  };
  const unplayable = "This browser cannot play the footage.";
  show(before, { path, what: "footage", unplayable, playhead, waits, missing, signal });
  return [view.element, clips.some((clip) => !clip.isWhole) && framingSwitch(stage), soundChoice({ before, after })];
}

/** Show only what the clip shows, as large as the clip shows it. */
function frame(video, { x, y, width, height }) {
  const percent = (share) => `${(share * 100).toFixed(3)}%`;
  video.style.setProperty("--width", percent(1 / width));
  video.style.setProperty("--height", percent(1 / height));
  video.style.setProperty("--left", percent(-x / width));
  video.style.setProperty("--top", percent(-y / height));
}

function framingSwitch(stage) {
  const id = newId("framing");
  const input = h("input", { type: "checkbox", id, checked: true });
  input.addEventListener("change", () => stage.classList.toggle("unframed", !input.checked));
  return h(
    "label",
    { class: "check", for: id, title: "Frame the footage as in the result" },
    input,
    "Same framing",
  );
}

function say(place, text) {
  place.textContent = text;
  place.hidden = false;
}
