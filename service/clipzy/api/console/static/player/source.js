// Loads the page's videos. With a token, one is fetched whole before it can be played, which takes its time.

import { request } from "../api/client.js";
import { mediaAddress } from "../api/media.js";
import { h } from "../lib/dom.js";
import { bytesOf } from "../lib/format.js";

/** A <video> of a player, called `label` by screen readers. */
export function videoOf(label, props = {}) {
  return h("video", { class: "after", playsinline: true, preload: "auto", "aria-label": label, ...props });
}

/**
 * Show the file at a path of the API in a <video>, until the page goes; a click plays or pauses it. `what`: its name in words;
 * `unplayable`: what to say where the browser cannot play it; `waits`: the place to say that it is being fetched; `missing`: called
 * with the reason where it cannot be shown.
 */
export function show(video, { path, what, unplayable, playhead, waits, missing, signal }) {
  fill(video, { path, what, waits, missing, signal });
  video.addEventListener("error", async () => {
    const why = await whyNot(path, unplayable, signal);
    if (!signal.aborted) missing(why);
  });
  video.addEventListener("click", () => playhead.toggle());
  signal.addEventListener("abort", () => unload(video));
}

async function fill(video, { path, what, waits, missing, signal }) {
  const far = h("span", { class: "small", "aria-hidden": "true" }); // or a screen reader would tell each piece
  const word = h("p", {}, `The ${what} is being fetched…`, far);
  waits.append(word);
  try {
    video.src = await mediaAddress(path, signal, (...come) => (far.textContent = ` ${bytesOf(...come)}`));
  } catch (error) {
    if (!signal.aborted) missing(error.message);
  } finally {
    word.remove();
  }
}

/** Why a <video> cannot show the file: the engine's own words, or where it gives the file `unplayable`. */
async function whyNot(path, unplayable, signal) {
  try {
    const response = await request(path, { headers: { Range: "bytes=0-0" }, signal });
    await response.body.cancel();
    return unplayable;
  } catch (error) {
    return error.message;
  }
}

/** Let go of what the browser holds of a video. */
function unload(video) {
  video.pause();
  video.removeAttribute("src");
  video.load();
}
