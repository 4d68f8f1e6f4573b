// The uploads on their way. They go on whatever page is looked at, and each page shows them.

import { h } from "../lib/dom.js";
import { uploadRow } from "./upload-row.js";

class Uploads extends EventTarget {
  /** Their rows; a page puts it where it belongs. */
  element = h("div", { class: "uploads" });

  /** Send a file; `onDone` is given the video, and so are those who listen to `done`. */
  start(file, onDone) {
    const done = (video) => {
      this.dispatchEvent(new CustomEvent("done", { detail: video }));
      onDone(video);
    };
    this.element.append(uploadRow(file, done));
  }
}

export const uploads = new Uploads();
