/** The other end of bridge.py: a real API whose jobs the test moves on, relays that cut, servers that say what they are told. */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { Client, type ClientOptions } from "clipzy-client";

/** Where the bridge, the shared API and the media are. */
export const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; pytest runs these tests`);
  return value;
};

export const API = env("CLIPZY_URL");
export const CLIP = env("CLIPZY_CLIP");
export const LONG_CLIP = env("CLIPZY_LONG_CLIP");

export interface Cut {
  sent?: number;
  answered?: number;
}

export interface Say {
  status?: number;
  /** Text is sent byte by byte, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  length?: number;
  /** Seconds that the connection then stays open and silent. */
  hold_s?: number;
  /** Whether the head is sent before the connection is silent. */
  head?: boolean;
}

/** Have something done. */
export async function ask<T = null>(name: string, ...given: unknown[]): Promise<T> {
  const response = await fetch(env("CLIPZY_BRIDGE"), { method: "POST", body: JSON.stringify({ do: name, given }) });
  const answer = (await response.json()) as { came: T; error?: string };
  if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`);
  return answer.came;
}

/** A client that is quick to try again and to look again. */
export const connect = (url: string = API, options: ClientOptions = {}): Client =>
  new Client(url, { retries: { firstS: 0.01 }, polling: { firstS: 0.01, longestS: 0.02 }, ...options });

/** A relay to the shared API which cuts its connections, and what was sent on each. */
export async function relaying(...cuts: Cut[]): Promise<{ url: string; requests: () => Promise<string[]> }> {
  const { id, url } = await ask<{ id: number; url: string }>("relay", API, cuts);
  return { url, requests: () => ask<string[]>("relayed", id) };
}

/** What a scripted server was asked. */
export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
}

/** A server that says these, the last one for ever. */
export async function scripted(...answers: Say[]): Promise<{ url: string; asked: () => Promise<Asked[]> }> {
  const { id, url } = await ask<{ id: number; url: string }>("script", answers);
  return { url, asked: () => ask<Asked[]>("asked", id) };
}

/** The engine's envelopes. */
export const success = (data: unknown): Say => ({ body: { success: true, message: "so be it", data } });
export const refusal = (status: number, code: string, headers: Record<string, string> = {}): Say => ({
  status,
  headers,
  body: { success: false, message: code, error: { detail: "not now", code } },
});

export const HEALTHY = success({ status: "healthy", version: "9", database: true, storage: true, networks: {} });

/** The bytes that `rendered` gives a job as its output. */
export function output(size: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil((size + 1) / 4) * 4);
  for (let number = 0; number < bytes.length / 4; number++) bytes.writeUInt32BE(number, number * 4);
  return bytes.subarray(0, size);
}

/** The URL of a port at which nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

/** A folder of the test's own. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "clipzy-"));
  after(async () => {
    await rm(path, { recursive: true });
  });
  return path;
}

/** Every item of what is gone through. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
