// A place to drop a file on, or to choose one for.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

// what the file dialog offers; the engine itself judges by the content
const ACCEPT = ".mp4,.mov,.avi,.mkv,.webm,video/mp4,video/quicktime,video/x-msvideo,video/x-matroska,video/webm";

/** A button that opens the file dialog; `onFiles` is given what was chosen. */
export function fileButton({ label, onFiles, multiple = false, className = "", name }) {
  const input = h("input", { type: "file", accept: ACCEPT, multiple, hidden: true, name });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // the same file may be chosen again
    if (files.length) onFiles(files);
  });
  const button = h(
    "button",
    { type: "button", class: className, on: { click: () => input.click() } },
    icon("upload"),
    label,
  );
  return h("span", { class: "file-button" }, button, input);
}

const holds = (event) => event.dataTransfer?.types.includes("Files");

/** Keep the browser from opening a file in place of the page when it is dropped outside every place for one. */
export function refuseStrayDrops() {
  const refuse = (event) => {
    if (!holds(event) || event.defaultPrevented) return; // a place takes it
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  };
  window.addEventListener("dragover", refuse);
  window.addEventListener("drop", refuse);
}

/** Let files be dropped on an element, which has the class `over` while they hang over it. */
export function acceptDrops(element, onFiles) {
  let depth = 0; // each child that is entered and left counts
  const over = (change) => {
    depth = Math.max(depth + change, 0);
    element.classList.toggle("over", depth > 0);
  };
  element.addEventListener("dragenter", (event) => holds(event) && over(1));
  element.addEventListener("dragleave", (event) => holds(event) && over(-1));
  element.addEventListener("dragover", (event) => holds(event) && event.preventDefault());
  // on its way down: a place within this one may keep the event for itself
  element.addEventListener("drop", () => over(-depth), { capture: true });
  element.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    event.stopPropagation();
    onFiles([...event.dataTransfer.files]);
  });
}
