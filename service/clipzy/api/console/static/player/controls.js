// What stands below a picture: play, the time, what is heard, full screen.

import { h, newId, replace } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import { icon } from "../lib/icons.js";

/** The bar; `more` are further controls. */
export function controls({ playhead, duration, stage, more = [], signal }) {
  const play = h("button", { type: "button", class: "square play", on: { click: () => playhead.toggle() } });
  const time = h("span", { class: "time" });
  const full = h(
    "button",
    { type: "button", class: "square quiet", "aria-label": "Full screen", title: "Full screen" },
    icon("full"),
  );
  full.addEventListener("click", () =>
    document.fullscreenElement ? document.exitFullscreen() : stage.parentElement.requestFullscreen(),
  );
  const state = () => {
    replace(play, icon(playhead.isPlaying ? "pause" : "play"));
    play.setAttribute("aria-label", playhead.isPlaying ? "Pause" : "Play");
  };
  const tick = () => (time.textContent = `${clock(playhead.time, true)} / ${clock(duration, true)}`);
  playhead.addEventListener("state", state, { signal });
  playhead.addEventListener("time", tick, { signal });
  state();
  tick();
  return h(
    "div",
    { class: "controls" },
    play,
    time,
    h("div", { class: "controls-more" }, more),
    document.fullscreenEnabled && full,
  );
}

/** Which of two videos is heard. */
export function soundChoice({ before, after }) {
  const name = newId("sound");
  const hear = (which) => {
    after.muted = which !== "after";
    before.muted = which !== "before";
  };
  hear("after");
  const options = [
    ["before", "Before"],
    ["after", "After"],
    ["off", "Off"],
  ];
  return h(
    "fieldset",
    { class: "choice inline" },
    h("legend", {}, "Sound"),
    h(
      "div",
      { class: "segments" },
      options.map(([value, label]) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value, checked: value === "after", on: { change: () => hear(value) } }),
          h("span", {}, label),
        ),
      ),
    ),
  );
}
