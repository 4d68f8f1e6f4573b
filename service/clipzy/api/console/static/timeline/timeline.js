// One time axis for all that happens in a video. Pointer and keys on it move the playhead.

import { h, replace } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { ticks } from "./model.js";

const A_TICK = 90; // pixels that a label of the axis may have for itself, beside one on the left of its tick too
const A_TICK_OF_HOURS = 110;

/**
 * A timeline of lanes over a playhead.
 *
 * `marks`: moments that Page Up and Page Down go to; `frame`: seconds of one frame; `tell(time)`: what is there, in words.
 */
export function timeline({ label, duration, lanes, marks, frame, tell, playhead, signal }) {
  const cursor = h("div", { class: "cursor", "aria-hidden": "true" });
  const axis = h("div", { class: "axis", "aria-hidden": "true" });
  const track = h(
    "div",
    {
      class: "track",
      role: "slider",
      tabindex: "0",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": duration.toFixed(2),
    },
    axis,
    lanes.map(({ name, picture }) => h("div", { class: "lane", data: { lane: name.toLowerCase() } }, picture)),
    cursor,
  );
  const names = h(
    "div",
    { class: "lane-names", "aria-hidden": "true" },
    h("span", { class: "axis-name" }),
    lanes.map(({ name, height }) => h("span", { style: { height: `${height}px` } }, name)),
  );
  const readout = h("p", { class: "readout small" });
  const say = () => {
    track.setAttribute("aria-valuenow", playhead.time.toFixed(2));
    track.setAttribute("aria-valuetext", `${clock(playhead.time, true)}, ${tell(playhead.time)}`);
  };
  const show = () => {
    const { time } = playhead;
    cursor.style.setProperty("left", `${(Math.min(time / duration, 1) * 100).toFixed(3)}%`);
    readout.textContent = tell(time);
    if (!playhead.isPlaying) say(); // or a screen reader would talk without a pause over what is played
  };
  playhead.addEventListener("time", show, { signal });
  for (const event of ["state", "seek"]) playhead.addEventListener(event, say, { signal });
  track.addEventListener("focus", say);
  show();
  byPointer(track, duration, playhead);
  track.addEventListener("keydown", (event) => byKey(event, { duration, marks, frame, playhead }));
  labelAxis(axis, duration, signal);
  const keys = h(
    "p",
    { class: "small keys" },
    [
      ["←", "→"],
      " a frame",
      ", with ",
      ["Shift"],
      " a second · ",
      ["Page Up"],
      " ",
      ["Page Down"],
      " a cut · ",
      ["Space"],
      " play",
    ].map((part) => (Array.isArray(part) ? part.map((key) => h("kbd", {}, key)) : part)),
  );
  return h(
    "div",
    { class: "timeline" },
    h("div", { class: "lanes" }, names, track),
    h("div", { class: "timeline-foot" }, readout, keys),
  );
}

function byPointer(track, duration, playhead) {
  const seek = (event) => {
    const { left, width } = track.getBoundingClientRect();
    playhead.seek(Math.min(Math.max((event.clientX - left) / width, 0), 1) * duration);
  };
  track.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    track.setPointerCapture(event.pointerId);
    track.classList.add("held");
    seek(event);
  });
  track.addEventListener("pointermove", (event) => track.hasPointerCapture(event.pointerId) && seek(event));
  track.addEventListener("lostpointercapture", () => track.classList.remove("held"));
}

function byKey(event, { duration, marks, frame, playhead }) {
  const now = playhead.time;
  const step = event.shiftKey ? 1 : frame;
  const moves = {
    ArrowRight: () => now + step,
    ArrowUp: () => now + step,
    ArrowLeft: () => now - step,
    ArrowDown: () => now - step,
    PageDown: () => marks.find((mark) => mark > now + frame / 2) ?? duration,
    PageUp: () => marks.findLast((mark) => mark < now - frame / 2) ?? 0,
    Home: () => 0,
    End: () => duration,
  };
  if (event.key === " ") playhead.toggle();
  else if (event.key in moves && !event.ctrlKey && !event.metaKey && !event.altKey) playhead.seek(moves[event.key]());
  else return;
  event.preventDefault();
}

function labelAxis(axis, duration, signal) {
  const draw = () => {
    const room = duration < 3600 ? A_TICK : A_TICK_OF_HOURS;
    const { step, times } = ticks(duration, Math.max(axis.clientWidth / room, 2));
    const labels = times.map((time) =>
      h("span", { style: { left: `${(time / duration) * 100}%` } }, clock(time, step < 1)),
    );
    replace(axis, labels);
    for (const label of labels) {
      const reach = label.offsetLeft + label.offsetWidth;
      label.classList.toggle("inward", reach > axis.clientWidth && label !== labels[0]);
    }
  };
  const observer = new ResizeObserver(draw);
  observer.observe(axis);
  signal.addEventListener("abort", () => observer.disconnect());
}
