/**
 * A template alone: its Style DNA as JSON, and how far it can be trusted.
 *
 * `node extract-style.js TEMPLATE`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
 */

import { Client, throwUnlessCompleted } from "clipzy-client";

const [template] = process.argv.slice(2);
if (!template) throw new Error("usage: extract-style.js TEMPLATE");

const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });
const video = await client.videos.upload(template);
const job = await client.jobs.create({ template_video_id: video.video_id });
throwUnlessCompleted(await client.jobs.wait(job.job_id, { follow: true }));
const { style_json: style } = await client.jobs.result(job.job_id);
if (!style) throw new Error("the engine found no style");
console.log(JSON.stringify(style, null, 2));
if (style.extraction_confidence < 0.6) {
  console.error("doubtful: the template is short, inconsistent or of low quality");
}
