/** Webhooks are believed when they are the engine's. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SignatureInvalid, verifyWebhook } from "clipzy-client";

import { ask } from "./bridge.mjs";

const NOW_S = Date.UTC(2026, 0, 31, 12) / 1000;
const secretOf = (first: number) =>
  `whsec_${Buffer.from(Array.from({ length: 32 }, (_, each) => (each + first) % 256)).toString("base64")}`;
const SECRET = secretOf(0);
const BODY = JSON.stringify({ job_id: "job_a", status: "completed", progress_percent: 100, new: "ö" });

/** The headers that the public library makes, which the engine signs with. */
const signed = async (body = BODY, secret = SECRET) => ({
  "Webhook-Id": "msg_1",
  "Webhook-Timestamp": String(NOW_S),
  "Webhook-Signature": await ask<string>("sign", secret, "msg_1", NOW_S, body),
});

test("a webhook of the engine's is read, as bytes or as text, with headers of either kind", async () => {
  const headers = await signed();
  for (const body of [BODY, new TextEncoder().encode(BODY)]) {
    for (const given of [headers, new Headers(headers), { ...headers, "webhook-id": ["msg_1"] }]) {
      const event = await verifyWebhook(body, given, SECRET, { nowS: NOW_S });
      assert.deepEqual(event, JSON.parse(BODY));
    }
  }
});

test("one good signature among others is enough, while a secret is being replaced", async () => {
  const headers = await signed();
  const { "Webhook-Signature": other } = await signed(BODY, secretOf(1));
  headers["Webhook-Signature"] = `v1a,abc ${other} ${headers["Webhook-Signature"]}`;
  assert.equal((await verifyWebhook(BODY, headers, SECRET, { nowS: NOW_S })).job_id, "job_a");
});

interface Change {
  body?: string;
  secret?: string;
  headers?: Record<string, string>;
  laterS?: number;
  why: RegExp;
}

const REFUSED: Record<string, Change> = {
  "a changed body": { body: `${BODY} `, why: /signature/ },
  "another secret": { secret: secretOf(1), why: /signature/ },
  "another id": { headers: { "Webhook-Id": "msg_2" }, why: /signature/ },
  "another time": { headers: { "Webhook-Timestamp": String(NOW_S + 1) }, why: /signature/ },
  "no time": { headers: { "Webhook-Timestamp": "now" }, why: /webhook-timestamp/ },
  "a strange signature": { headers: { "Webhook-Signature": "v1,ö" }, why: /signature/ },
  "no signature": { headers: { "Webhook-Signature": "" }, why: /signature/ },
  "no id": { headers: { "Webhook-Id": "" }, why: /webhook-id/ },
  "an old one": { laterS: 301, why: /300 s ago/ },
  "one of tomorrow": { laterS: -301, why: /clocks differ/ },
};
for (const [name, { body = BODY, secret = SECRET, headers = {}, laterS = 0, why }] of Object.entries(REFUSED)) {
  test(`what is not the engine's is refused: ${name}`, async () => {
    const given = { ...(await signed()), ...headers };
    await assert.rejects(
      verifyWebhook(body, given, secret, { nowS: NOW_S + laterS }),
      (error) => error instanceof SignatureInvalid && why.test(error.message),
    );
  });
}

test("what is signed but tells of no job is refused", async () => {
  await assert.rejects(verifyWebhook("{}", await signed("{}"), SECRET, { nowS: NOW_S }), /does not tell of a job/);
});

const ofBytes = (count: number) => `whsec_${Buffer.alloc(count).toString("base64")}`;
const NO_SECRETS: Record<string, string> = {
  "empty": "",
  "without a key": "whsec_",
  "no base64": "whsec_!",
  "without its prefix": SECRET.slice("whsec_".length),
  "of 23 bytes": ofBytes(23),
  "of 65 bytes": ofBytes(65),
};
for (const [name, secret] of Object.entries(NO_SECRETS)) {
  test(`a secret that is none is the caller's mistake, not the sender's: ${name}`, async () => {
    await assert.rejects(verifyWebhook(BODY, await signed(), secret, { nowS: NOW_S }), TypeError);
  });
}
