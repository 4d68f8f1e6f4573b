// The files that a job left, each with what it is good for.

import { address } from "../api/client.js";
import { save } from "../api/media.js";
import { token } from "../api/session.js";
import { h } from "../lib/dom.js";
import { bytes, bytesOf } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { announce, complain } from "../lib/say.js";

// in the order in which people want them
const FILES = {
  "output.mp4": ["Video", "ready to play and share"],
  "lut.cube": ["Colour table", "the look, for any editing program"],
  ...severalLooks(9),
  "timeline.otio": ["Timeline, OTIO", "the cuts, for Resolve, Premiere, Hiero"],
  "timeline.edl": ["Timeline, EDL", "the cuts, for older programs"],
  "style.json": ["Style DNA", "to apply to other footage"],
  "plan.json": ["Edit plan", "what was done; edit it and render again"],
  "quality.json": ["Quality report", "how close the video came to the template"],
  "analysis.json": ["Measurements", "everything that was measured"],
  "manifest.json": ["Manifest", "the files with their checksums"],
  "poster.jpg": ["Poster", "one picture of the video"],
  "before_after.jpg": ["Before and after", "one picture, both ways"],
  "contact_sheet.jpg": ["Contact sheet", "nine pictures of the video"],
  "waveform.png": ["Waveform", "the sound, with beats and cuts"],
};

/** Of a job whose shots are so unlike that they have looks of their own. */
function severalLooks(most) {
  const each = Array.from({ length: most }, (_, k) => k + 1);
  return Object.fromEntries(each.map((k) => [`lut-${k}.cube`, [`Colour table ${k}`, "one of the looks, for any editing program"]]));
}

/** The section. */
export function downloads(job, files, signal) {
  const places = Object.keys(FILES);
  const place = ({ name }) => (places.includes(name) ? places.indexOf(name) : places.length);
  const sorted = [...files].sort((a, b) => place(a) - place(b));
  return h(
    "section",
    { class: "downloads", "aria-labelledby": "downloads-title" },
    h("header", {}, h("h2", { id: "downloads-title" }, "Files")),
    h(
      "ul",
      { class: "files" },
      sorted.map((file) => h("li", {}, link(job, file, signal))),
    ),
  );
}

/** A link that saves one file of a job; a button where only the token opens it, which a link cannot send. */
export function fileLink(job, name, className, content, signal) {
  const path = `jobs/${job.job_id}/artifacts/${name}`;
  const saved = `${job.job_id}-${name}`;
  if (!token()) return h("a", { class: className, href: address(path), download: saved }, content);
  const button = h("button", { class: className, type: "button" }, content);
  // the video by the address that the player has it from
  const source = name === "output.mp4" ? `jobs/${job.job_id}/output` : path;
  button.addEventListener("click", () => button.ariaDisabled || fetchFor(button, source, saved, signal));
  return button;
}

/** Save a file, and say at the button how far that is, which takes no click meanwhile. */
async function fetchFor(button, path, saved, signal) {
  const far = h("span", { class: "small far" }, "Fetching…");
  button.ariaDisabled = "true"; // one that is disabled loses the keyboard
  button.append(far);
  announce(`Fetching ${saved}`);
  try {
    await save(path, saved, signal, (...come) => (far.textContent = `Fetching… ${bytesOf(...come)}`));
    announce(`${saved} is fetched`);
  } catch (error) {
    if (!signal.aborted) complain(error);
  } finally {
    button.ariaDisabled = null;
    far.remove();
  }
}

function link(job, { name, size_bytes: size }, signal) {
  const [title, use] = FILES[name] ?? [name, ""];
  const about = h("span", { class: "file-about" }, h("strong", {}, title), h("span", { class: "small" }, use));
  return fileLink(
    job,
    name,
    "file",
    [icon("download"), about, h("span", { class: "small size" }, bytes(size))],
    signal,
  );
}
