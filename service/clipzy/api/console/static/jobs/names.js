// The file names of the videos that jobs name: read anew by each page that is shown, since videos are deleted elsewhere too.

import { call } from "../api/client.js";

const MOST = 100; // on one page of the API
let page = { signal: null, known: new Map() };

/** The names by video id; a video that was deleted has none. */
export async function namesOf(jobs, signal) {
  if (page.signal !== signal) page = { signal, known: new Map() };
  const { known } = page;
  const ids = [...new Set(jobs.flatMap((job) => [job.video_id, job.template_video_id]).filter(Boolean))];
  const unknown = () => ids.filter((id) => !known.has(id));
  if (unknown().length) {
    const isWhole = await list(known, signal);
    await Promise.all(unknown().map((id) => (isWhole ? known.set(id, undefined) : read(id, known, signal))));
  }
  return Object.fromEntries(ids.map((id) => [id, known.get(id)]));
}

/** Take note that a video was deleted. */
export function forget(id) {
  page.known.set(id, undefined);
}

/** Read the newest names at once; true where those are all that there are. */
async function list(known, signal) {
  const { videos, total } = await call(`videos?page_size=${MOST}`, { signal });
  for (const video of videos) known.set(video.video_id, video.filename);
  return videos.length === total;
}

async function read(id, known, signal) {
  try {
    known.set(id, (await call(`videos/${id}`, { signal })).filename);
  } catch (error) {
    if (error.code !== "VIDEO_NOT_FOUND") throw error;
    known.set(id, undefined);
  }
}
