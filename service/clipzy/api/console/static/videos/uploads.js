// The uploads on their way. They go on whatever page is looked at, and each page shows them.

import { h } from "../lib/dom.js";
import { uploadRow } from "./upload-row.js";

const AT_ONCE = 2; // of the six connections to one host that a browser opens the pages need some

class Uploads extends EventTarget {
  /** Their rows; a page puts it where it belongs. */
  element = h("div", { class: "uploads" });

  #cleared = new AbortController();
  #waiting = [];
  #sending = 0;

  /** Send a file, once those before it leave room; `onDone` is given the video, and so are those who listen to `done`. */
  start(file, onDone) {
    const done = (video) => {
      this.dispatchEvent(new CustomEvent("done", { detail: video }));
      onDone(video);
    };
    const row = uploadRow(file, {
      onDone: done,
      onAgain: () => this.start(file, onDone),
      cleared: this.#cleared.signal,
    });
    this.element.append(row.element);
    this.#waiting.push(row);
    this.#next();
  }

  /** Stop and forget all of them, as somebody else may come. */
  clear() {
    this.#cleared.abort();
    this.#cleared = new AbortController();
    this.#waiting = [];
    this.element.replaceChildren();
  }

  #next() {
    while (this.#sending < AT_ONCE && this.#waiting.length) {
      this.#sending += 1;
      this.#waiting
        .shift()
        .send()
        .finally(() => {
          this.#sending -= 1;
          this.#next();
        });
    }
  }
}

export const uploads = new Uploads();
