// Follows a job to its end: by events, connected anew where the line breaks, by asking where events do not come through. Only
// while the page is seen: of the six connections to one host that a browser has, each stream takes one, whatever its tab.

import { call, request } from "./client.js";
import { events } from "./event-stream.js";
import { tapped } from "./tapped.js";

const TERMINAL = new Set(["completed", "failed", "cancelled"]);
const MOST_BROKEN = 3; // connections in a row that brought nothing: something on the way holds events back
const SILENCE_MS = 40_000; // the service says something every 15 s
const ASK_MS = 2000;

/** Whether a status is a last one. */
export function hasEnded(status) {
  return TERMINAL.has(status);
}

/** The job after each of its changes, the last one included. Ends early when `signal` says so. `onLine`: whether it is connected. */
export async function* follow(jobId, { signal, onLine = () => {} }) {
  const seen = { id: null, retry: ASK_MS };
  let broken = 0;
  while (!signal.aborted) {
    await shown(signal);
    const before = seen.id;
    const look = new AbortController();
    const lookedAway = () => document.hidden && look.abort();
    document.addEventListener("visibilitychange", lookedAway);
    const open = AbortSignal.any([signal, look.signal]);
    try {
      const source =
        broken < MOST_BROKEN ? listened(jobId, seen, open) : [await call(`jobs/${jobId}`, { signal: open })];
      for await (const job of source) {
        onLine(true);
        yield job;
        if (hasEnded(job.status)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (look.signal.aborted) continue;
      if (isFinal(error)) throw error;
      onLine(false);
    } finally {
      document.removeEventListener("visibilitychange", lookedAway);
    }
    if (broken < MOST_BROKEN) broken = seen.id === before ? broken + 1 : 0;
    await pause(seen.retry, signal);
  }
}

/** What `ask` answers, asked again for as long as the line is broken; null where `signal` ends it. Throws what is no fault of the line. */
export async function insist(ask, { signal, onLine }) {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) break;
      if (error.name !== "ApiError" || isFinal(error)) throw error;
      onLine(false);
    }
    await pause(ASK_MS, signal);
  }
  return null;
}

/** Whether the same question would get the same answer. */
function isFinal({ status }) {
  return status >= 400 && status < 500 && status !== 429;
}

async function* listened(jobId, seen, signal) {
  const silence = new AbortController();
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  heard();
  try {
    const headers = { Accept: "text/event-stream", ...(seen.id === null ? {} : { "Last-Event-ID": seen.id }) };
    const response = await request(`jobs/${jobId}/events`, {
      headers,
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status === 204) {
      yield await call(`jobs/${jobId}`, { signal });
      return;
    }
    for await (const event of events(tapped(response.body, heard))) {
      seen.id = event.id;
      seen.retry = event.retry ?? seen.retry;
      yield JSON.parse(event.data);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Wait until the page is seen. */
function shown(signal) {
  return new Promise((resolve) => {
    if (!document.hidden || signal.aborted) return resolve();
    const until = new AbortController();
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      until.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", look, { signal: until.signal });
    signal.addEventListener("abort", look, { signal: until.signal });
  });
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
