/**
 * One template, many pieces of footage, at once.
 *
 * `node many-at-once.js TEMPLATE FOLDER FOOTAGE...`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
 */

import { basename, extname, join } from "node:path";

import { Client, ClipzyError, throwUnlessCompleted } from "clipzy-client";

const UPLOADS_AT_ONCE = 3;

const [template, folder, ...footage] = process.argv.slice(2);
if (!template || !folder) throw new Error("usage: many-at-once.js TEMPLATE FOLDER FOOTAGE...");

const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });
const { video_id: template_video_id } = await client.videos.upload(template);
const waiting = [...footage];
const jobs: Promise<void>[] = [];

/** Upload what waits, one after the other; each job is followed beside the uploads. */
async function uploadAll(): Promise<void> {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const { video_id } = await client.videos.upload(path).catch(tell(path)) ?? {};
    if (video_id !== undefined) jobs.push(style(video_id, path).catch(tell(path)));
  }
}

/** One piece of footage, from its job to its output. */
async function style(video_id: string, path: string): Promise<void> {
  const { job_id } = await client.jobs.create({ video_id, template_video_id });
  throwUnlessCompleted(await client.jobs.wait(job_id, { follow: true }));
  console.log(await client.jobs.download(job_id, join(folder ?? "", `${basename(path, extname(path))}.styled.mp4`)));
}

/** One that fails does not hold the others up. */
function tell(path: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof ClipzyError)) throw error;
    console.error(`${path}: ${error.message} (${error.code}, request ${error.requestId})`);
  };
}

await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, uploadAll));
await Promise.all(jobs);
