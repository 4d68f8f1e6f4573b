// How jobs are spoken of.

import { stageOf } from "./stages.js";

const STATUS = {
  queued: "Waiting",
  processing: "Working",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** A status in a word. */
export function statusWord(status) {
  return STATUS[status];
}

/** What a job does, given the names of its videos (null: deleted, or none). */
export function purpose(job, names) {
  const template = names[job.template_video_id] ?? "a deleted video";
  const footage = names[job.video_id] ?? "a deleted video";
  if (!job.video_id) return { title: template, rest: "Style DNA only" };
  if (job.style_given) return { title: footage, rest: "in a given style" };
  if (!job.template_video_id) return { title: footage, rest: "without a template" };
  return { title: footage, rest: `in the style of ${template}` };
}

/** Why a job failed, as a sentence. */
export function whyFailed(error) {
  const stage = stageOf(error.stage);
  const where = stage ? `at “${stage.name}” (${error.stage})` : "before its first stage";
  return `It failed ${where}: ${error.message}`;
}
