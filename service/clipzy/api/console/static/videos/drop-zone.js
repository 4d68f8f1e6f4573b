// A place to drop a file on, or to choose one for.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { complain } from "../lib/say.js";

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
    const { files, folders } = dropped(event.dataTransfer);
    if (folders) complain({ message: "Folders cannot be uploaded. Drop the videos that are in them." });
    if (files.length) onFiles(files);
  });
}

/** The files, and how many folders lay among them: a browser gives those as files that cannot be read. */
function dropped({ items }) {
  const all = [...items].filter((item) => item.kind === "file");
  const files = all.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory);
  return { files: files.map((item) => item.getAsFile()), folders: all.length - files.length };
}
