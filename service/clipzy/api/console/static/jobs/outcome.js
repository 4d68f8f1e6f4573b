// What came of a job: the video beside what it was, the style, the plan, the files, and what weakens them.

import { call, parsed, request, textOf } from "../api/client.js";
import { mediaAddress } from "../api/media.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { screening } from "../player/screening.js";
import { dna } from "../style/dna.js";
import { templateEvidence } from "../timeline/template.js";
import { downloads, fileLink } from "./downloads.js";
import { clipTable, whatWasDone } from "./plan.js";
import { qualityTable } from "./quality.js";
import { whyFailed } from "./words.js";

/** The parts of the page of a job that has ended. */
export async function outcome(job, names, signal) {
  if (job.status === "failed") return [failure(whyFailed(job.error)), ...(await whatIsThere(job, names, signal))];
  if (job.status === "cancelled") {
    return [
      h("p", { class: "card quiet-card" }, "This job was cancelled. Nothing was rendered."),
      ...(await whatIsThere(job, names, signal)),
    ];
  }
  return whatIsThere(job, names, signal);
}

/** The style of a job that is still being rendered. */
export async function styleSoFar(job, signal) {
  const files = await artifacts(job, signal);
  const [result, analysis] = await Promise.all([
    call(`jobs/${job.job_id}/result`, { signal }),
    files.json("analysis.json"),
  ]);
  return dna({ job, style: result.style_json, measured: ofStyle(job, analysis), signal });
}

async function whatIsThere(job, names, signal) {
  const files = await artifacts(job, signal);
  // a job that was cancelled early has nothing to show, and says so with an error
  const hasResult = job.status !== "cancelled" || files.has("style.json");
  const [result, analysis, plan, quality] = await Promise.all([
    hasResult ? call(`jobs/${job.job_id}/result`, { signal }) : null,
    files.json("analysis.json"),
    files.json("plan.json"),
    files.json("quality.json"),
  ]);
  const measured = ofStyle(job, analysis);
  const parts = [];
  const told = [
    result?.warnings.length > 0 && warnings(result.warnings),
    plan && whatWasDone(plan, files.has("output.mp4")),
  ];
  if (files.has("output.mp4")) {
    const download = fileLink(
      job,
      "output.mp4",
      "button primary big",
      [icon("download"), "Download the video"],
      signal,
    );
    const [footage, template] = [analysis?.footage ?? null, analysis?.template ?? null];
    parts.push(await screening({ job, names, plan, footage, template, files, beside: [download, ...told], signal }));
  } else parts.push(...told);
  const nearness = qualityTable(quality);
  if (nearness) parts.push(nearness);
  if (result?.style_json) {
    const evidence = measured && templateEvidence({ job, names, measured, signal });
    parts.push(dna({ job, style: result.style_json, measured, evidence, signal }));
  }
  if (plan) parts.push(clipTable(plan));
  if (files.list.length) parts.push(downloads(job, files.list, signal));
  return parts;
}

/** The files of a job: `has(name)`, `json(name)` and `address(name)`, null where there is no such file. */
async function artifacts(job, signal) {
  const { artifacts: list } = await call(`jobs/${job.job_id}/artifacts`, { signal });
  const names = new Set(list.map((file) => file.name));
  const path = (name) => `jobs/${job.job_id}/artifacts/${name}`;
  return {
    list,
    has: (name) => names.has(name),
    json: async (name) => (names.has(name) ? parsed(await textOf(await request(path(name), { signal }))) : null),
    address: async (name) => (names.has(name) ? mediaAddress(path(name), signal) : null),
  };
}

/** The analysis that the style was read from: the template's, or the footage's where it keeps its own style; null for a given one. */
function ofStyle(job, analysis) {
  return job.style_given ? null : (analysis?.template ?? analysis?.footage ?? null);
}

function failure(text) {
  return h("div", { class: "card problem-card", role: "alert" }, icon("warning"), h("p", {}, text));
}

function warnings(texts) {
  const items = texts.map((text) => h("li", {}, text));
  return h("div", { class: "card warning-card" }, icon("warning"), h("ul", { "aria-label": "Warnings" }, items));
}
