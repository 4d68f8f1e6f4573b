// The place of one of a job's two videos: empty, to drop a file on; or with the video that was chosen.

import { h, newId, replace } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { shortened } from "../lib/shortened.js";
import { acceptDrops, fileButton } from "./drop-zone.js";
import { facts } from "./facts.js";
import { thumbnail } from "./thumbnail.js";

/** A slot as {element, set(video)}; `onFiles` is given what is dropped or chosen, `onClear` called when the video is taken out. */
export function slot({ role, title, hint, empty, onFiles, onClear, signal }) {
  const id = newId("slot");
  const body = h("div", { class: "slot-body" });
  const element = h(
    "section",
    { class: "slot", "aria-labelledby": id, data: { role } },
    h("header", {}, h("h2", { id }, title), h("span", { class: "small" }, hint)),
    body,
  );
  acceptDrops(element, onFiles);
  let shown;
  const set = (video) => {
    if (video === shown) return;
    shown = video;
    const wasIn = body.contains(document.activeElement);
    element.classList.toggle("filled", Boolean(video));
    replace(body, video ? chosen(video, title, onClear, signal) : offer(title, empty, onFiles));
    if (wasIn) body.querySelector("button").focus();
  };
  return { element, set };
}

function offer(title, empty, onFiles) {
  const button = fileButton({ label: `Choose a file`, onFiles, name: title.toLowerCase(), className: "" });
  button.querySelector("button").setAttribute("aria-label", `Choose a file as ${title.toLowerCase()}`);
  return h("div", { class: "slot-empty" }, h("p", {}, empty), button, h("p", { class: "small" }, "or drop it here"));
}

function chosen(video, title, onClear, signal) {
  const name = `Take ${video.filename} out as ${title.toLowerCase()}`;
  return [
    thumbnail(video.video_id, signal),
    h(
      "div",
      { class: "slot-about" },
      h("div", {}, shortened("strong", {}, video.filename), h("span", { class: "small" }, facts(video))),
      h(
        "button",
        { type: "button", class: "quiet square", "aria-label": name, title: name, on: { click: onClear } },
        icon("cross"),
      ),
    ),
  ];
}
