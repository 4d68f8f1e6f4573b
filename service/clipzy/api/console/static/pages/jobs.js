// All jobs, newest first, page by page.

import { call } from "../api/client.js";
import { h } from "../lib/dom.js";
import { jobList } from "../jobs/list.js";
import { namesOf } from "../jobs/names.js";

const PAGE_SIZE = 20;
const STATUSES = [
  ["", "All"],
  ["processing", "Working"],
  ["queued", "Waiting"],
  ["completed", "Done"],
  ["failed", "Failed"],
  ["cancelled", "Cancelled"],
];

/** The page. `query`: `page` and `status`. */
export async function jobs({ query, signal }) {
  const page = Number(query.get("page") ?? 1);
  const status = query.get("status") ?? "";
  const filter = status ? `&status=${status}` : "";
  const found = await call(`jobs?page=${page}&page_size=${PAGE_SIZE}${filter}`, { signal });
  const names = await namesOf(found.jobs, signal);
  const at = (number) => `#/jobs?page=${number}${filter}`;
  const last = Math.max(Math.ceil(found.total / PAGE_SIZE), 1);
  const links = STATUSES.map(([value, label]) =>
    h(
      "a",
      { href: value ? `#/jobs?status=${value}` : "#/jobs", "aria-current": value === status ? "true" : null },
      label,
    ),
  );
  return h(
    "div",
    { class: "narrow" },
    h("h1", {}, "Jobs"),
    h("nav", { class: "filters", "aria-label": "Status" }, links),
    found.total ? jobList(found.jobs, names, signal) : h("p", { class: "empty" }, "No jobs here."),
    last > 1 &&
      h(
        "nav",
        { class: "pages", "aria-label": "Pages" },
        page > 1 && h("a", { href: at(page - 1) }, "Newer"),
        h("span", { class: "small" }, `Page ${page} of ${last}`),
        page < last && h("a", { href: at(page + 1) }, "Older"),
      ),
  );
}
