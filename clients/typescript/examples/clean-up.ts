/**
 * Deletes what ended more than some days ago, with its files.
 *
 * `node clean-up.js DAYS`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
 */

import { Client } from "clipzy-client";

const days = Number(process.argv[2]);
if (Number.isNaN(days)) throw new Error("usage: clean-up.js DAYS");

const limit = Date.now() - days * 24 * 60 * 60 * 1000;
const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });
// found first: what is deleted while a list is gone through moves the rest of it
const old: string[] = [];
for await (const job of client.jobs.iterate()) {
  if (job.completed_at && Date.parse(job.completed_at) < limit) old.push(job.job_id);
}
for (const job_id of old) await client.jobs.delete(job_id);
console.log(`deleted ${old.length} jobs`);
