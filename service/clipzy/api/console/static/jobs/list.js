// Jobs as a list of links, each with how it stands.

import { h } from "../lib/dom.js";
import { moment, since } from "../lib/format.js";
import { thumbnail } from "../videos/thumbnail.js";
import { purpose, statusWord } from "./words.js";

/** The list; names by video id. */
export function jobList(jobs, names, signal) {
  return h(
    "ul",
    { class: "jobs" },
    jobs.map((job) => row(job, names, signal)),
  );
}

/** How a job stands, as a small coloured word. */
export function badge(status) {
  return h("span", { class: "badge", data: { status } }, statusWord(status));
}

function row(job, names, signal) {
  const { title, rest } = purpose(job, names);
  const there = (id) => (names[id] === undefined ? null : id);
  const working = job.status === "processing";
  return h(
    "li",
    {},
    h(
      "a",
      { href: `#/jobs/${job.job_id}` },
      thumbnail(there(job.video_id ?? job.template_video_id), signal),
      h(
        "span",
        { class: "job-about" },
        h("strong", {}, title),
        h("span", { class: "small" }, rest),
        h(
          "span",
          { class: "small" },
          badge(job.status),
          h("time", { datetime: job.created_at, title: moment(job.created_at) }, since(job.created_at)),
        ),
        working && h("progress", { max: 100, value: job.progress_percent, "aria-label": "Progress" }),
      ),
    ),
  );
}
