// Where a video of the page comes from. With a token it is fetched whole before any of it is played, which takes its time.

import { request } from "../api/client.js";
import { mediaAddress } from "../api/media.js";
import { h } from "../lib/dom.js";

/**
 * Give a <video> the file at a path of the API. `what`: its name in words; `waits`: where it says that it is being fetched;
 * `missing`: called with the reason where it cannot be.
 */
export async function fill(video, { path, what, waits, missing, signal }) {
  const word = h("p", {}, `The ${what} is being fetched…`);
  waits.append(word);
  try {
    video.src = await mediaAddress(path, signal);
  } catch (error) {
    if (!signal.aborted) missing(error.message);
  } finally {
    word.remove();
  }
}

/** Why a <video> cannot show the file at a path of the API: the engine's own words, or where it gives the file `unplayable`. */
export async function whyNot(path, unplayable, signal) {
  try {
    const response = await request(path, { headers: { Range: "bytes=0-0" }, signal });
    await response.body.cancel();
    return unplayable;
  } catch (error) {
    return error.message;
  }
}

/** The place where it is said that something is being fetched. */
export function waitingPlace() {
  return h("div", { class: "stage-waits", role: "status" });
}
