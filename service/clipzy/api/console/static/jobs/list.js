// Jobs as a list of links, each with how it stands.

import { engineNow } from "../api/clock.js";
import { arrange, h } from "../lib/dom.js";
import { moment, since } from "../lib/format.js";
import { shortened } from "../lib/shortened.js";
import { thumbnail } from "../videos/thumbnail.js";
import { purpose, statusWord } from "./words.js";

const ASK_MS = 4000;

/** A list as {element, draw(jobs, names)}, which can be drawn again: rows that say the same stay, with their pictures. Names by video id. */
export function jobList(signal) {
  const element = h("ul", { class: "jobs" });
  let known = new Map();
  const kept = (job, names) => {
    const said = JSON.stringify([job.status, job.progress_percent, purpose(job, names), since(job.created_at, engineNow())]);
    const before = known.get(job.job_id);
    if (before?.said === said) return before;
    const picture = before?.picture ?? thumbnail(pictured(job, names), signal);
    return { said, picture, row: row(job, names, picture) };
  };
  const draw = (jobs, names) => {
    known = new Map(jobs.map((job) => [job.job_id, kept(job, names)]));
    const rows = [...known.values()].map(({ row }) => row);
    const held = element.contains(document.activeElement) && document.activeElement;
    arrange(element, rows);
    // its own row was drawn anew; the page may have been scrolled away from it
    if (held && !element.contains(document.activeElement)) {
      element.querySelector(`[href="${held.getAttribute("href")}"]`)?.focus({ preventScroll: true });
    }
  };
  return { element, draw };
}

/** Poll with `look` while the page is seen and `look` answers that something goes on. `goesOn`: its last answer. */
export function lookAgain(look, goesOn, signal) {
  if (!goesOn) return;
  const again = async () => {
    if (signal.aborted) return;
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true, signal });
    else lookAgain(look, await look(), signal);
  };
  setTimeout(again, ASK_MS);
}

/** How a job stands, as a small coloured word. */
export function badge(status) {
  return h("span", { class: "badge", data: { status } }, statusWord(status));
}

/** The video whose picture stands for a job; null where it was deleted. */
function pictured(job, names) {
  const id = job.video_id ?? job.template_video_id;
  return names[id] === undefined ? null : id;
}

function row(job, names, picture) {
  const { title, rest } = purpose(job, names);
  const working = job.status === "processing";
  return h(
    "li",
    {},
    h(
      "a",
      { href: `#/jobs/${job.job_id}` },
      picture,
      h(
        "span",
        { class: "job-about" },
        shortened("strong", {}, title),
        shortened("span", { class: "small" }, rest),
        h(
          "span",
          { class: "small" },
          badge(job.status),
          h("time", { datetime: job.created_at, title: moment(job.created_at) }, since(job.created_at, engineNow())),
        ),
        working && h("progress", { max: 100, value: job.progress_percent, "aria-label": "Progress" }),
      ),
    ),
  );
}
