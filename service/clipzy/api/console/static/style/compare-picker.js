// Picks another job whose style this one's is to be held against.

import { engineNow } from "../api/clock.js";
import { call } from "../api/client.js";
import { h, newId, replace } from "../lib/dom.js";
import { since } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { namesOf } from "../jobs/names.js";
import { purpose } from "../jobs/words.js";

const OFFERED = 30;

/** A button that opens the list of other jobs. */
export function comparePicker(job, signal) {
  const list = h("div", { class: "picker-list" });
  const title = newId("picker");
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { class: "picker", "aria-labelledby": title },
    h("h2", { id: title }, "Compare with"),
    list,
    h("div", { class: "buttons end" }, h("button", { type: "button", on: { click: close } }, "Close")),
  );
  const open = async () => {
    dialog.showModal();
    replace(list, h("p", { class: "small" }, "…"));
    try {
      replace(list, await offers(job, signal));
    } catch (error) {
      replace(list, h("p", { class: "error" }, error.message));
    }
  };
  return [h("button", { type: "button", on: { click: open } }, icon("compare"), "Compare"), dialog];
}

async function offers(job, signal) {
  const { jobs } = await call(`jobs?status=completed&page_size=${OFFERED}`, { signal });
  const others = jobs.filter((other) => other.job_id !== job.job_id);
  if (!others.length) return h("p", {}, "There is no other job with a style yet.");
  const names = await namesOf(others, signal);
  return h(
    "ul",
    {},
    others.map((other) => h("li", {}, link(job, other, names))),
  );
}

function link(job, other, names) {
  const { title, rest } = purpose(other, names);
  const about = h("span", { class: "small" }, `${rest} · ${since(other.created_at, engineNow())}`);
  return h("a", { href: `#/compare/${job.job_id}/${other.job_id}` }, h("strong", {}, title), about);
}
