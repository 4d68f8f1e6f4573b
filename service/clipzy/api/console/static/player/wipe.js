// Before and after in one picture: the footage on the left of the divider, the output on the right.

import { h, newId } from "../lib/dom.js";
import { controls, soundChoice } from "./controls.js";
import { divider } from "./divider.js";
import { keepInStep } from "./in-step.js";
import { Playhead } from "./playhead.js";
import { fill, waitingPlace, whyNot } from "./source.js";

/** The player as {element, playhead}. `paths` of the API: `before` (null: there is none to show) and `after`; `poster`: an address, or null. */
export function wipePlayer({ paths, poster, clips, size, duration, signal }) {
  const after = h("video", {
    class: "after",
    poster,
    playsinline: true,
    preload: "auto",
    "aria-label": "After",
  });
  const problem = h("p", { class: "stage-problem", hidden: true });
  const stage = stageOf(after, size);
  const playhead = new Playhead(after, signal);
  const waits = waitingPlace();
  const missing = (why) => say(problem, `The result cannot be shown. ${why}`);
  fill(after, { path: paths.after, what: "result", waits, missing, signal });
  const more = paths.before ? besideIt({ after, path: paths.before, stage, clips, playhead, waits, problem, signal }) : [];
  after.addEventListener("error", async () => {
    const unplayable = "This browser cannot play the video (H.264). It can be downloaded below.";
    const why = await whyNot(paths.after, unplayable, signal);
    if (!signal.aborted) missing(why);
  });
  // the poster is of another moment than the first frame, beside which it would be compared
  after.addEventListener("loadeddata", () => after.removeAttribute("poster"), { once: true });
  after.addEventListener("click", () => playhead.toggle());
  signal.addEventListener("abort", () => unload(after));
  const bar = controls({ playhead, duration, stage, more, signal });
  return { element: h("div", { class: "player" }, h("div", { class: "stage-frame" }, stage), waits, problem, bar), playhead };
}

/** Lay the footage over the output, in step with it; the controls that come with it. */
function besideIt({ after, path, stage, clips, playhead, waits, problem, signal }) {
  const before = h("video", { class: "before", playsinline: true, preload: "auto", "aria-label": "Before" });
  const line = divider(stage);
  stage.append(
    h("div", { class: "before-side" }, before),
    h("span", { class: "side left" }, "Before"),
    h("span", { class: "side right" }, "After"),
    line,
  );
  keepInStep({ playhead, follower: before, clips, framed: (crop) => frame(before, crop), signal });
  const missing = (why) => {
    stage.classList.add("alone");
    // that the result cannot be shown says more
    if (problem.hidden) say(problem, `The footage cannot be shown beside the result. ${why}`);
  };
  fill(before, { path, what: "footage", waits, missing, signal });
  before.addEventListener("error", async () => {
    const why = await whyNot(path, "This browser cannot play the footage.", signal);
    if (!signal.aborted) missing(why);
  });
  before.addEventListener("click", () => playhead.toggle());
  signal.addEventListener("abort", () => unload(before));
  return [clips.some((clip) => !clip.isWhole) && framingSwitch(stage), soundChoice({ before, after })];
}

/** A single video, at a path of the API, with the same bar. */
export function plainPlayer({ path, size, duration, signal }) {
  const video = h("video", {
    class: "after",
    playsinline: true,
    preload: "auto",
    "aria-label": "Template",
  });
  const problem = h("p", { class: "stage-problem", hidden: true });
  const stage = stageOf(video, size);
  const playhead = new Playhead(video, signal);
  const waits = waitingPlace();
  const missing = (why) => say(problem, `The video cannot be shown. ${why}`);
  fill(video, { path, what: "video", waits, missing, signal });
  video.addEventListener("error", async () => {
    const why = await whyNot(path, "This browser cannot play it.", signal);
    if (!signal.aborted) missing(why);
  });
  video.addEventListener("click", () => playhead.toggle());
  signal.addEventListener("abort", () => unload(video));
  return {
    element: h(
      "div",
      { class: "player" },
      h("div", { class: "stage-frame" }, stage),
      waits,
      problem,
      controls({ playhead, duration, stage, signal }),
    ),
    playhead,
  };
}

function stageOf(video, { width, height }) {
  return h("div", { class: "stage", style: { "aspect-ratio": `${width} / ${height}`, "--ratio": width / height } }, video);
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

/** Let go of what the browser holds of a video. */
function unload(video) {
  video.pause();
  video.removeAttribute("src");
  video.load();
}
