/**
 * The main job: footage in a template's style.
 *
 * `node style-a-video.js TEMPLATE FOOTAGE OUTPUT`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
 */

import { Client, type Job, throwUnlessCompleted } from "clipzy-client";

const [template, footage, output] = process.argv.slice(2);
if (!template || !footage || !output) throw new Error("usage: style-a-video.js TEMPLATE FOOTAGE OUTPUT");

const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });

/** How the job stands. */
const onChange = (job: Job) => {
  console.log(`${String(job.progress_percent).padStart(3)} % ${job.current_stage ?? job.status}`);
};

const styleOf = await client.videos.upload(template);
const video = await client.videos.upload(footage, {
  onProgress: (done, total) => process.stdout.write(`\rsent ${done} of ${total} bytes${done === total ? "\n" : ""}`),
});
const job = await client.jobs.create({
  video_id: video.video_id,
  template_video_id: styleOf.video_id,
  config: { quality: "high", strength: 0.8 },
});
throwUnlessCompleted(await client.jobs.wait(job.job_id, { follow: true, onChange }));
const result = await client.jobs.result(job.job_id);
console.log(`${await client.jobs.download(job.job_id, output)} after ${result.processing_time_seconds} s`);
for (const warning of result.warnings) console.log(`note: ${warning}`);
