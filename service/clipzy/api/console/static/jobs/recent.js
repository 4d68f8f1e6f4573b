// The latest jobs beside the form, kept fresh while they are looked at.

import { call } from "../api/client.js";
import { hasEnded } from "../api/follow.js";
import { h, replace } from "../lib/dom.js";
import { jobList } from "./list.js";
import { namesOf } from "./names.js";

const SHOWN = 5;
const ASK_MS = 4000;

/** The section; asks again while one of its jobs has not ended. */
export function recent(signal) {
  const body = h("div", {}, h("p", { class: "small" }, "…"));
  const look = async () => {
    let again = true;
    try {
      const { jobs, total } = await call(`jobs?page_size=${SHOWN}`, { signal });
      again = jobs.some((job) => !hasEnded(job.status));
      const list = jobList(jobs, await namesOf(jobs, signal), signal);
      const empty = h("p", { class: "empty" }, "No jobs yet.");
      if (!body.contains(document.activeElement)) {
        replace(
          body,
          total ? list : empty,
          total > SHOWN && h("a", { class: "more", href: "#/jobs" }, `All ${total} jobs`),
        );
      }
    } catch (error) {
      if (!signal.aborted) replace(body, h("p", { class: "error" }, error.message));
    }
    if (again && !signal.aborted) setTimeout(look, ASK_MS);
  };
  look();
  return h(
    "aside",
    { class: "recent", "aria-labelledby": "recent-title" },
    h("h2", { id: "recent-title" }, "Recent jobs"),
    body,
  );
}
