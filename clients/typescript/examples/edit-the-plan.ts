/**
 * The plan before the pixels: a job that ends with its edit plan, which is changed and given back to be rendered.
 *
 * `node edit-the-plan.js TEMPLATE FOOTAGE OUTPUT`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
 */

import { Client, type EditPlan, throwUnlessCompleted } from "clipzy-client";

const [template, footage, output] = process.argv.slice(2);
if (!template || !footage || !output) throw new Error("usage: edit-the-plan.js TEMPLATE FOOTAGE OUTPUT");

const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });
const template_video_id = (await client.videos.upload(template)).video_id;
const video_id = (await client.videos.upload(footage)).video_id;

const planned = await client.jobs.create({ video_id, template_video_id, config: { render: "plan" } });
throwUnlessCompleted(await client.jobs.wait(planned.job_id, { follow: true }));
const plan = (await new Response(client.jobs.artifact(planned.job_id, "plan.json")).json()) as EditPlan;
for (const clip of plan.clips) {
  clip.crop = { x: 0, y: 0, width: 1, height: 1 };
  clip.crop_path = []; // nor does any of them move
}

const rendered = await client.jobs.create({ video_id, template_video_id, config: { plan } });
throwUnlessCompleted(await client.jobs.wait(rendered.job_id, { follow: true }));
await client.jobs.download(rendered.job_id, output);
console.log(`${output}: ${plan.clips.length} clips, none of them cropped`);
