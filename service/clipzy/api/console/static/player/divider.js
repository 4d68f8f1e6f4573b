// The line between before and after: drawn by pointer, moved by keys.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const STEP = 2; // percent
const BIG_STEP = 10;

/** The divider over a stage, which has its place as the CSS property --wipe, as {element, move(percent)}; `onMove` is given each of its places. */
export function divider(stage, onMove) {
  const handle = h(
    "div",
    {
      ...{ class: "divider", role: "slider", tabindex: "0", "aria-label": "Divider between before and after" },
      ...{ "aria-valuemin": 0, "aria-valuemax": 100 },
    },
    h("span", { class: "divider-grip" }, icon("handle")),
  );
  let place = 50;
  const move = (to) => {
    place = Math.min(Math.max(to, 0), 100);
    stage.style.setProperty("--wipe", `${place}%`);
    handle.setAttribute("aria-valuenow", Math.round(place));
    handle.setAttribute(
      "aria-valuetext",
      `${Math.round(place)} percent before, ${100 - Math.round(place)} percent after`,
    );
    onMove(place);
  };
  const drag = (event) => {
    const { left, width } = stage.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  };
  handle.addEventListener("pointerdown", (event) => !event.button && handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => handle.hasPointerCapture(event.pointerId) && drag(event));
  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? BIG_STEP : STEP;
    const moves = {
      ...{ ArrowRight: place + step, ArrowUp: place + step, ArrowLeft: place - step, ArrowDown: place - step },
      ...{ PageUp: place + BIG_STEP, PageDown: place - BIG_STEP, Home: 0, End: 100 },
    };
    if (!(event.key in moves)) return;
    move(moves[event.key]);
    event.preventDefault();
  });
  move(place);
  return { element: handle, move };
}
