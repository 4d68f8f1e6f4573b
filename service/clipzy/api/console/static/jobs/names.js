// The file names of the videos that jobs name, each read once.

import { call } from "../api/client.js";

const known = new Map();

/** The names by video id; a video that was deleted has none. */
export async function namesOf(jobs, signal) {
  const ids = new Set(jobs.flatMap((job) => [job.video_id, job.template_video_id]).filter(Boolean));
  await Promise.all([...ids].filter((id) => !known.has(id)).map((id) => read(id, signal)));
  return Object.fromEntries([...ids].map((id) => [id, known.get(id)]));
}

/** Take note that a video was deleted. */
export function forget(id) {
  known.set(id, undefined);
}

async function read(id, signal) {
  try {
    known.set(id, (await call(`videos/${id}`, { signal })).filename);
  } catch (error) {
    if (error.code !== "VIDEO_NOT_FOUND") throw error;
    known.set(id, undefined);
  }
}
