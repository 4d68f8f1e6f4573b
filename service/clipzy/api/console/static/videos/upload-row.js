// One upload on its way: its name, how far it is, a way to stop it, and why it failed.

import { upload } from "../api/upload.js";
import { h, replace } from "../lib/dom.js";
import { takeAway } from "../lib/focus.js";
import { bytes, percent } from "../lib/format.js";
import { announce } from "../lib/say.js";
import { shortened } from "../lib/shortened.js";

/**
 * A file to send, as {element, send()}; `send` ends when nothing is on its way any more, `onDone` is given the video. The row
 * goes by itself when it is done or stopped. `onAgain`: called where it failed by no fault of the file's and is to be sent anew;
 * `cleared`: the signal that nobody wants to hear of it any more.
 */
export function uploadRow(file, { onDone, onAgain, cleared }) {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, cleared]);
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
  const said = h("span", { class: "small" }, `Waiting, ${bytes(file.size)}`);
  const button = h("button", { type: "button", class: "quiet", on: { click: () => stop.abort() } }, "Cancel");
  const row = h("div", { class: "upload" }, shortened("span", { class: "upload-name" }, file.name), said, bar, button);
  stop.signal.addEventListener("abort", () => {
    takeAway(row);
    announce(`Upload of ${file.name} cancelled`);
  });
  const onProgress = (share) => {
    bar.value = share;
    said.textContent = share < 1 ? `${percent(share)} of ${bytes(file.size)}` : "Checking the file…";
    if (share === 1) bar.removeAttribute("value");
  };
  const send = async () => {
    if (signal.aborted) return;
    said.textContent = bytes(file.size);
    announce(`Uploading ${file.name}`);
    let video;
    try {
      video = await upload(file, { onProgress, signal });
    } catch (error) {
      if (!signal.aborted) fail(row, file, error, onAgain);
      return;
    }
    if (cleared.aborted) return; // it was sent at that very moment
    takeAway(row);
    announce(`${file.name} is uploaded`);
    onDone(video);
  };
  return { element: row, send };
}

function fail(row, file, error, onAgain) {
  row.classList.add("failed");
  const again = h("button", { type: "button" }, "Try again");
  again.addEventListener("click", () => {
    onAgain();
    takeAway(row);
  });
  const close = h("button", { type: "button", class: "quiet", on: { click: () => takeAway(row) } }, "Dismiss");
  replace(
    row,
    shortened("span", { class: "upload-name" }, file.name),
    h("div", { class: "buttons" }, mayPass(error) && again, close),
    h("p", { class: "error", role: "alert" }, error.message),
  );
}

/** Whether the same file may be taken at another time: the line was to blame, the engine's state, or a token that has ended. */
function mayPass({ status }) {
  return [0, 401, 429].includes(status) || status >= 500;
}
