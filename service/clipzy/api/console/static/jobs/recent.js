// The latest jobs beside the form, kept fresh while they are looked at.

import { call } from "../api/client.js";
import { hasEnded } from "../api/follow.js";
import { h, replace } from "../lib/dom.js";
import { jobList, lookAgain } from "./list.js";
import { namesOf } from "./names.js";

const SHOWN = 5;

/** The section; asks again while one of its jobs has not ended. */
export function recent(signal) {
  const body = h("div", {}, h("p", { class: "small" }, "…"));
  const list = jobList(signal);
  const empty = h("p", { class: "empty" }, "No jobs yet.");
  const more = h("a", { class: "more", href: "#/jobs" });
  const look = async () => {
    try {
      const { jobs, total } = await call(`jobs?page_size=${SHOWN}`, { signal });
      list.draw(jobs, await namesOf(jobs, signal));
      more.textContent = `All ${total} jobs`;
      more.hidden = total <= SHOWN;
      if (!body.contains(total ? list.element : empty)) replace(body, total ? [list.element, more] : empty);
      return jobs.some((job) => !hasEnded(job.status));
    } catch (error) {
      if (!signal.aborted) replace(body, h("p", { class: "error" }, error.message));
      return true;
    }
  };
  look().then((goesOn) => lookAgain(look, goesOn, signal));
  return h(
    "aside",
    { class: "recent", "aria-labelledby": "recent-title" },
    h("h2", { id: "recent-title" }, "Recent jobs"),
    body,
  );
}
