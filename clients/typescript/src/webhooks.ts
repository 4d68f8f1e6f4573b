/** Tells a webhook of the engine's from one of anybody's, by the rules of Standard Webhooks (https://www.standardwebhooks.com). */

import { SignatureInvalid } from "./errors.js";
import type { WebhookEvent } from "./models.js";

const TOLERANCE_S = 300; // between two clocks, and on the way
const PREFIX = "whsec_";
const [SHORTEST_KEY, LONGEST_KEY] = [24, 64] as const; // bytes, as Standard Webhooks has it and the engine signs with

/** Headers as fetch has them, or as Node's servers give them. */
export type GivenHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * What the engine tells of a job's end. `body`: as it came, before any JSON reader; `nowS`: seconds since 1970.
 *
 * Delivery is at least once: who must not act twice remembers `webhook-id`, which stays the same.
 *
 * Throws SignatureInvalid where it is not signed with this secret, was changed on its way, or is older than the tolerance, and
 * a TypeError where the secret is not `whsec_` and base64 of 24 to 64 bytes, as where a variable is empty.
 */
export async function verifyWebhook(
  body: Uint8Array | string,
  headers: GivenHeaders,
  secret: string,
  { toleranceS = TOLERANCE_S, nowS = Date.now() / 1000 }: { toleranceS?: number; nowS?: number } = {},
): Promise<WebhookEvent> {
  const key = await keyOf(secret);
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !/^\d+$/.test(timestamp ?? "")) {
    throw new SignatureInvalid("the request has no webhook-id or no webhook-timestamp");
  }
  const content = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), content);
  if (!(await hasOurs(key, signatures ?? "", signed))) {
    throw new SignatureInvalid("none of the request's signatures is of this secret and this body");
  }
  // looked at last: until then it is anybody's number
  if (Math.abs(nowS - Number(timestamp)) > toleranceS) {
    throw new SignatureInvalid(`the request was signed more than ${toleranceS} s ago, or the clocks differ`);
  }
  return eventIn(content);
}

/** Whether one of the signatures is ours: while a secret is replaced there are several. Compared in constant time. */
async function hasOurs(key: CryptoKey, header: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  for (const each of header.split(" ")) {
    const signature = each.startsWith("v1,") ? bytesOf(each.slice("v1,".length)) : undefined;
    if (signature !== undefined && (await crypto.subtle.verify("HMAC", key, signature, signed))) return true;
  }
  return false;
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith(PREFIX) ? bytesOf(secret.slice(PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length < SHORTEST_KEY || bytes.length > LONGEST_KEY) {
    throw new TypeError("the webhook's secret must be whsec_ followed by base64 of 24 to 64 bytes, as WEBHOOK_SECRET is");
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function eventIn(content: Uint8Array): WebhookEvent {
  try {
    const event: unknown = JSON.parse(new TextDecoder().decode(content));
    if (typeof event === "object" && event !== null && "job_id" in event && "status" in event) {
      return event as WebhookEvent;
    }
  } catch {
    // told below
  }
  throw new SignatureInvalid("the request is signed, but does not tell of a job");
}

function header(headers: GivenHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : found?.[0];
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
