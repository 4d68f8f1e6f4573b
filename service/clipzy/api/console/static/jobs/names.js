// The file names of the videos that jobs name: read anew by each page that is shown, since videos are deleted elsewhere too.

import { call } from "../api/client.js";

const MOST = 100; // that the API is asked for at once
let page = { signal: null, known: new Map() };

/** The names by video id; a video that was deleted has none. */
export async function namesOf(jobs, signal) {
  if (page.signal !== signal) page = { signal, known: new Map() };
  const { known } = page;
  const ids = [...new Set(jobs.flatMap((job) => [job.video_id, job.template_video_id]).filter(Boolean))];
  const unknown = ids.filter((id) => !known.has(id));
  for (let at = 0; at < unknown.length; at += MOST) await read(unknown.slice(at, at + MOST), known, signal);
  return Object.fromEntries(ids.map((id) => [id, known.get(id)]));
}

/** Take note that a video was deleted. */
export function forget(id) {
  page.known.set(id, undefined);
}

/** All at once: one after the other they could be more requests than are allowed in a minute, and each that is deleted a 404 in the browser's own console. */
async function read(ids, known, signal) {
  const asked = ids.map((id) => `&video_id=${encodeURIComponent(id)}`).join("");
  const { videos } = await call(`videos?page_size=${MOST}${asked}`, { signal });
  for (const id of ids) known.set(id, undefined);
  for (const video of videos) known.set(video.video_id, video.filename);
}
