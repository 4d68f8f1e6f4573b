// An upload's small picture; a sign of a film where none can be made.

import { mediaAddress } from "../api/media.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

/** The picture of a video, or of none (null: it was deleted). It says nothing by itself: the video's name stands beside it. */
export function thumbnail(videoId, signal) {
  const frame = h("span", { class: "thumbnail" }, icon("film"));
  if (videoId) show(frame, videoId, signal);
  return frame;
}

async function show(frame, videoId, signal) {
  const image = h("img", { alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.remove());
  image.addEventListener("load", () => image.classList.toggle("tall", image.naturalHeight >= image.naturalWidth));
  try {
    image.src = await mediaAddress(`videos/${videoId}/thumbnail`, signal);
    frame.append(image);
  } catch {
    // the sign stays: the picture is a help, not a need
  }
}
