// What came of a job: the video beside what it was, the style, the plan, the files, and what weakens them.

import { call, request } from "../api/client.js";
import { mediaAddress } from "../api/media.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { screening } from "../player/screening.js";
import { dna } from "../style/dna.js";
import { templateEvidence } from "../timeline/template.js";
import { downloads } from "./downloads.js";
import { planSection } from "./plan.js";
import { whyFailed } from "./words.js";

/** The parts of the page of a job that has ended. */
export async function outcome(job, names, signal) {
  if (job.status === "failed") return [failure(whyFailed(job.error)), ...(await whatIsThere(job, names, signal))];
  if (job.status === "cancelled") {
    return [h("p", { class: "card quiet-card" }, "This job was cancelled. Nothing was rendered."), ...(await whatIsThere(job, names, signal))];
  }
  return whatIsThere(job, names, signal);
}

/** The style of a job that is still being rendered. */
export async function styleSoFar(job, signal) {
  const files = await artifacts(job, signal);
  const [result, analysis] = await Promise.all([call(`jobs/${job.job_id}/result`, { signal }), files.json("analysis.json")]);
  return dna({ job, style: result.style_json, measured: ofTemplate(analysis), signal });
}

async function whatIsThere(job, names, signal) {
  const [result, files] = await Promise.all([resultOf(job, signal), artifacts(job, signal)]);
  const [analysis, plan] = await Promise.all([files.json("analysis.json"), files.json("plan.json")]);
  const measured = ofTemplate(analysis);
  const parts = [];
  if (result?.warnings.length) parts.push(warnings(result.warnings));
  if (files.has("output.mp4")) parts.push(await screening({ job, names, plan, footage: analysis?.footage ?? null, files, signal }));
  if (result?.style_json) {
    const evidence = measured && (await templateEvidence({ job, names, measured, signal }));
    parts.push(dna({ job, style: result.style_json, measured, evidence, signal }));
  }
  if (plan) parts.push(planSection(plan));
  if (files.list.length) parts.push(downloads(job, files.list, signal));
  return parts;
}

async function resultOf(job, signal) {
  try {
    return await call(`jobs/${job.job_id}/result`, { signal });
  } catch (error) {
    if (error.code === "RESULT_NOT_READY") return null; // it ended before it had anything to show
    throw error;
  }
}

/** The files of a job: `has(name)`, `json(name)` and `address(name)`, null where there is no such file. */
async function artifacts(job, signal) {
  const { artifacts: list } = await call(`jobs/${job.job_id}/artifacts`, { signal });
  const names = new Set(list.map((file) => file.name));
  const path = (name) => `jobs/${job.job_id}/artifacts/${name}`;
  return {
    list,
    has: (name) => names.has(name),
    json: async (name) => (names.has(name) ? (await request(path(name), { signal })).json() : null),
    address: async (name) => (names.has(name) ? mediaAddress(path(name), signal) : null),
  };
}

/** Whose style it is: the template's measurements, or the footage's where it keeps its own. */
function ofTemplate(analysis) {
  return analysis?.template ?? analysis?.footage ?? null;
}

function failure(text) {
  return h("div", { class: "card problem-card", role: "alert" }, icon("warning"), h("p", {}, text));
}

function warnings(texts) {
  const items = texts.map((text) => h("li", {}, text));
  return h("div", { class: "card warning-card" }, icon("warning"), h("ul", { "aria-label": "Warnings" }, items));
}
