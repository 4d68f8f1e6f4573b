// All jobs, newest first, page by page.

import { call } from "../api/client.js";
import { hasEnded } from "../api/follow.js";
import { h, replace } from "../lib/dom.js";
import { jobList, lookAgain } from "../jobs/list.js";
import { namesOf } from "../jobs/names.js";
import { statusWord } from "../jobs/words.js";

const PAGE_SIZE = 20;
const STATUSES = ["processing", "queued", "completed", "failed", "cancelled"];

/** The page. `query`: `page` and `status`. Jobs that have not ended are asked for again while the page is looked at. */
export async function jobs({ query, signal }) {
  const page = Math.max(Number.parseInt(query.get("page"), 10) || 1, 1);
  const status = query.get("status") ?? "";
  const filter = status ? `&status=${status}` : "";
  const list = jobList(signal);
  const below = h("div", {});
  const link = (value, href, label) => h("a", { href, "aria-current": value === status ? "true" : null }, label);
  const links = STATUSES.map((value) => link(value, `#/jobs?status=${value}`, statusWord(value)));
  const look = async () => {
    const found = await call(`jobs?page=${page}&page_size=${PAGE_SIZE}${filter}`, { signal });
    list.draw(found.jobs, await namesOf(found.jobs, signal));
    const last = Math.max(Math.ceil(found.total / PAGE_SIZE), 1);
    if (below.dataset.of !== `${found.jobs.length > 0} ${last}`) {
      below.dataset.of = `${found.jobs.length > 0} ${last}`;
      replace(below, found.jobs.length ? null : h("p", { class: "empty" }, "No jobs here."), pages(page, last, filter));
    }
    return found.jobs.some((job) => !hasEnded(job.status));
  };
  // a moment without an answer is no reason to take the list away
  lookAgain(() => look().catch(() => true), await look(), signal);
  return h(
    "div",
    { class: "narrow" },
    h("h1", {}, "Jobs"),
    h("nav", { class: "filters", "aria-label": "Status" }, link("", "#/jobs", "All"), links),
    list.element,
    below,
  );
}

/** Which page it is, with the ways to those beside it; null where there is but one. */
function pages(page, last, filter) {
  if (last === 1 && page === 1) return null;
  const at = (number) => `#/jobs?page=${number}${filter}`;
  return h(
    "nav",
    { class: "pages", "aria-label": "Pages" },
    page > 1 && h("a", { href: at(Math.min(page - 1, last)) }, "Newer"),
    h("span", { class: "small" }, `Page ${page} of ${last}`),
    page < last && h("a", { href: at(page + 1) }, "Older"),
  );
}
