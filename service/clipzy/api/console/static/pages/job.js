// One job: how far it is, and what came of it. Its address is its id, so that a reload comes back to it.

import { call } from "../api/client.js";
import { follow, hasEnded, insist } from "../api/follow.js";
import { h, replace } from "../lib/dom.js";
import { confirmed } from "../lib/dialog.js";
import { focusOn } from "../lib/focus.js";
import { duration, moment } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { announce, complain } from "../lib/say.js";
import { badge } from "../jobs/list.js";
import { namesOf } from "../jobs/names.js";
import { outcome, styleSoFar } from "../jobs/outcome.js";
import { progressView } from "../jobs/progress.js";
import { purpose } from "../jobs/words.js";
import { thumbnail } from "../videos/thumbnail.js";

const STYLE_IS_KNOWN = 66; // percent

/** The page. `query`: `until`, the stage that the job ends with where it was asked to end early. */
export async function job({ ids: [jobId], query, signal, title }) {
  const standing = await call(`jobs/${jobId}`, { signal });
  const names = await namesOf([standing], signal);
  const header = h("header", { class: "job-head" });
  const body = h("div", { class: "job-body" });
  const draw = (job) => {
    const wasIn = header.contains(document.activeElement);
    replace(header, head(job, names, signal));
    if (wasIn) focusOn(header.querySelector(".back"));
    title(purpose(job, names).title);
  };
  draw(standing);
  if (hasEnded(standing.status)) replace(body, await outcome(standing, names, signal));
  else watch({ standing, names, until: query.get("until"), body, draw, signal });
  return h("article", { class: "job" }, header, body);
}

/** Show the progress until the job has ended, then what came of it. */
async function watch({ standing, names, until, body, draw, signal }) {
  const view = progressView(until, (button) => cancel(standing.job_id, button));
  const early = h("div", { class: "early" });
  let hasStyle = false;
  let last = standing;
  view.update(standing);
  replace(body, view.element, early);
  try {
    for await (const job of follow(standing.job_id, { signal, onLine: view.line })) {
      if (job.status !== last.status) draw(job);
      last = job;
      view.update(job);
      if (!hasStyle && job.progress_percent >= STYLE_IS_KNOWN && !hasEnded(job.status)) {
        hasStyle = true;
        styleSoFar(job, signal).then(
          (section) => replace(early, section),
          () => {},
        ); // the end brings it in any case
      }
    }
    if (signal.aborted) return;
    const parts = await insist(() => outcome(last, names, signal), { signal, onLine: view.line });
    if (signal.aborted) return;
    const wasIn = body.contains(document.activeElement); // on Cancel, which goes
    replace(body, parts);
    if (wasIn) focusOn(null);
    announce(`The job is ${last.status}`);
  } catch (error) {
    if (!signal.aborted) replace(body, stuck(error, () => watch({ standing, names, until, body, draw, signal })));
  }
}

/** Why there is nothing to be seen, and a way to look again. */
function stuck(error, again) {
  const why = h("p", { class: "error", role: "alert" }, error.message);
  return h("div", { class: "notice" }, why, h("p", {}, h("button", { type: "button", on: { click: again } }, "Try again")));
}

function head(job, names, signal) {
  const { title, rest } = purpose(job, names);
  const took = job.started_at && job.completed_at && (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000;
  const about = h(
    "p",
    { class: "small job-facts" },
    badge(job.status),
    h("time", { datetime: job.created_at }, moment(job.created_at)),
    took ? h("span", {}, `took ${duration(took)}`) : null,
    h("code", {}, job.job_id),
  );
  return [
    h("a", { class: "back", href: "#/jobs" }, "Jobs"),
    h(
      "div",
      { class: "job-title" },
      pictures(job, names, signal),
      h("div", { class: "job-name" }, h("h1", {}, title, " ", h("span", { class: "rest" }, rest)), about),
      h("div", { class: "buttons" }, hasEnded(job.status) && endedActs(job, names)),
    ),
  ];
}

/** The template and the footage, as they are put together. */
function pictures(job, names, signal) {
  const ids = [job.template_video_id, job.video_id].filter((id) => names[id] !== undefined);
  const [first, second] = ids.map((id) => thumbnail(id, signal));
  return first && h("div", { class: "job-pictures", "aria-hidden": "true" }, first, second && [icon("arrow"), second]);
}

function endedActs(job, names) {
  const roles = [
    ["template", job.template_video_id],
    ["footage", job.video_id],
  ];
  const again = new URLSearchParams(roles.filter(([, id]) => names[id] !== undefined));
  return [
    again.size > 0 && h("a", { class: "button", href: `#/?${again}` }, "Use these videos again"),
    h("button", { type: "button", class: "quiet", on: { click: () => remove(job.job_id) } }, "Delete"),
  ];
}

async function cancel(jobId, button) {
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true"; // one that is disabled loses the keyboard
  button.textContent = "Cancelling…";
  try {
    await call(`jobs/${jobId}/cancel`, { method: "POST" });
  } catch (error) {
    complain(error);
    button.ariaDisabled = null;
    button.textContent = "Cancel";
  }
}

async function remove(jobId) {
  const text = "Its video, its style and all its files are removed for good. The uploads stay.";
  if (!(await confirmed({ title: "Delete this job?", text, action: "Delete" }))) return;
  try {
    await call(`jobs/${jobId}`, { method: "DELETE" });
    location.hash = "#/jobs";
  } catch (error) {
    complain(error);
  }
}
