/**
 * Is told of a job's end in place of asking: receives one webhook, and believes it only when it is signed.
 *
 * `node receive-webhook.js VIDEO_ID PORT`; CLIPZY_URL and CLIPZY_TOKEN say which engine, CLIPZY_WEBHOOK_SECRET is its
 * WEBHOOK_SECRET, or for an owner of tokens the secret that `clipzy webhook-secret OWNER` prints. The engine must be allowed to call this address (WEBHOOK_ALLOWED_NETWORKS).
 */

import { createServer } from "node:http";

import { Client, SignatureInvalid, verifyWebhook } from "clipzy-client";

const [video_id, port] = process.argv.slice(2);
const secret = process.env["CLIPZY_WEBHOOK_SECRET"];
if (!video_id || !port || !secret) throw new Error("usage: CLIPZY_WEBHOOK_SECRET=… receive-webhook.js VIDEO_ID PORT");

const receiver = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  try {
    const event = await verifyWebhook(body, request.headers, secret);
    // answered at once: the engine waits ten seconds, and a slow answer counts as none
    response.writeHead(204).end();
    console.log(`${event.job_id} is ${event.status} after ${event.processing_time_seconds} s`);
    receiver.close();
  } catch (error) {
    if (!(error instanceof SignatureInvalid)) throw error;
    console.error(`refused: ${error.message}`);
    response.writeHead(401).end();
  }
});
receiver.listen(Number(port), "127.0.0.1", async () => {
  const client = new Client(process.env["CLIPZY_URL"], { token: process.env["CLIPZY_TOKEN"] });
  await client.jobs.create({ video_id, webhook_url: `http://127.0.0.1:${port}/` });
});
