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
  // with this bar, and with the keyboard at what is wanted there
  full.addEventListener("click", async () => {
    if (document.fullscreenElement) return document.exitFullscreen();
    await stage.closest(".player").requestFullscreen();
    play.focus();
  });
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
  return choiceOf("Sound", options, "after", hear);
}

// where the divider is for each
const VIEWS = { before: 100, both: 50, after: 0 };

/** Which side is seen, without dragging the divider, as {element, mark(place)}; `move` moves it, `mark` is told where it is. */
export function viewChoice(move) {
  const options = [
    ["before", "Before"],
    ["both", "Both"],
    ["after", "After"],
  ];
  const element = choiceOf("Picture", options, "both", (which) => move(VIEWS[which]));
  const mark = (place) => {
    for (const each of element.querySelectorAll("input")) each.checked = VIEWS[each.value] === place;
  };
  return { element, mark };
}

function choiceOf(legend, options, first, onChoice) {
  const name = newId("choice");
  return h(
    "fieldset",
    { class: "choice inline" },
    h("legend", {}, legend),
    h(
      "div",
      { class: "segments" },
      options.map(([value, label]) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value, checked: value === first, on: { change: () => onChoice(value) } }),
          h("span", {}, label),
        ),
      ),
    ),
  );
}
