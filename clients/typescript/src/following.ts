/** Follows a job to its end: by its events, or by looking again and again. */

import * as calls from "./calls.js";
import { ConnectionFailed, UnexpectedAnswer, WaitTimedOut } from "./errors.js";
import { EventReader } from "./event-stream.js";
import { type Exchange, isAway, type Opened } from "./exchange.js";
import { hasEnded, type Job, type JobEvent } from "./models.js";
import { after, nowS, Overdue, sleep } from "./patience.js";
import type { CallOptions } from "./requests.js";
import { MOST_MISSED, nextPauseS, type Polling, retryPauseS } from "./settings.js";

const NO_CONTENT = 204;

export interface EventsOptions extends CallOptions {
  /** Go on after the event of this id. */
  readonly lastEventId?: string | undefined;
}

export interface WaitOptions extends CallOptions {
  /** Seconds until WaitTimedOut; the job goes on. */
  readonly timeoutS?: number | undefined;
  /** Called with the job as it first stands, and after each change. */
  readonly onChange?: ((job: Job) => void) | undefined;
  /** By the job's events in place of polling, which tell every change at once; by polling where a proxy holds them back. */
  readonly follow?: boolean | undefined;
}

/** A stream brought neither an event nor a beat of its heart for `silenceS`: a proxy may keep it until it is whole. */
class HeldBack extends ConnectionFailed {}

/**
 * A job's changes up to its end, over as many connections as it takes.
 *
 * A connection that breaks is made again with Last-Event-ID, so that the end is not missed and nothing comes twice. An engine that
 * goes away is waited for, as polling does. Throws an ApiError where the engine refuses, JobNotFound too where the job was
 * deleted meanwhile; ConnectionFailed where it stays away, or connections break one after the other, with no event and no beat
 * of the stream's heart between. `mayBeHeldBack`: whether a connection that stays silent is one that broke; who has another way
 * to look does without, and HeldBack is thrown.
 */
export async function* jobEvents(
  exchange: Exchange,
  jobId: string,
  { lastEventId, signal }: EventsOptions,
  mayBeHeldBack = true,
): AsyncGenerator<JobEvent, void, undefined> {
  let seen = lastEventId;
  let missed = 0;
  for (let broken = 0; ; ) {
    const reader = new EventReader(seen);
    let why = "the stream ended before the job did";
    let fellSilent = false;
    let opened: Opened | undefined;
    try {
      opened = await exchange.open(calls.followJob(jobId, seen, exchange.timeouts.silenceS), signal);
    } catch (reason) {
      if (!isSilence(reason)) {
        await exchange.waitWhileAway(reason, ++missed, signal);
        continue;
      }
      [why, fellSilent] = [reason.message, true]; // like a stream that began and brought nothing
    }
    if (opened !== undefined) {
      missed = 0;
      if (opened.response.status === NO_CONTENT) return; // has ended, which was seen
      try {
        for await (const piece of opened.pieces()) {
          for (const told of reader.feed(piece)) {
            const event = { eventId: told.eventId, job: jobIn(told.data, opened) };
            seen = event.eventId;
            yield event;
            if (hasEnded(event.job)) return;
          }
        }
      } catch (reason) {
        if (!(reason instanceof ConnectionFailed)) throw reason;
        [why, fellSilent] = [reason.message, isSilence(reason)];
      }
    }
    if (fellSilent && !mayBeHeldBack && !reader.isAlive) {
      throw new HeldBack(`the events of job ${jobId} do not come through: ${why}`);
    }
    if (reader.isAlive) broken = 0; // what cuts every stream after a while, as proxies do, is no engine that fails
    const pauseS = retryPauseS(exchange.retries, broken++, reader.retryS);
    if (pauseS === undefined) throw new ConnectionFailed(`the events of job ${jobId} cannot be followed: ${why}`);
    await sleep(pauseS, signal);
  }
}

/**
 * The job when it has ended, in whichever way.
 *
 * Throws an ApiError where the engine refuses, ConnectionFailed where it did not answer several times in a row, and
 * WaitTimedOut once `timeoutS` have passed.
 */
export async function waitForJob(
  exchange: Exchange,
  polling: Polling,
  jobId: string,
  { timeoutS, onChange, follow, signal: caller }: WaitOptions,
): Promise<Job> {
  const deadline = new AbortController();
  const timer = after(timeoutS ?? Infinity, () => { deadline.abort(); });
  const signal = caller === undefined ? deadline.signal : AbortSignal.any([caller, deadline.signal]);
  let job: Job | undefined;
  const tell = (seen: Job) => {
    const before = job;
    job = seen;
    if (JSON.stringify(before) !== JSON.stringify(seen)) onChange?.(seen);
  };
  try {
    return await (follow ? byEvents : byPolling)(exchange, polling, jobId, signal, tell);
  } catch (reason) {
    caller?.throwIfAborted();
    if (reason === deadline.signal.reason) throw new WaitTimedOut(`job ${jobId} has not ended in time`, job);
    throw reason;
  } finally {
    clearTimeout(timer);
  }
}

type Tell = (job: Job) => void;

/** By the job's events, as long as they come through. */
async function byEvents(
  exchange: Exchange,
  polling: Polling,
  jobId: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<Job> {
  let last: Job | undefined;
  let isTelling = false; // what the caller's function throws is the caller's
  try {
    for await (const event of jobEvents(exchange, jobId, { signal }, false)) {
      last = event.job;
      isTelling = true;
      tell(last);
      isTelling = false;
    }
  } catch (reason) {
    if (isTelling || !isAway(reason)) throw reason;
    // what lets no stream through may let answers through; an engine that stayed away is looked for once more
    return byPolling(exchange, polling, jobId, signal, tell, reason instanceof HeldBack ? 0 : MOST_MISSED - 1);
  }
  // without an id the engine tells at least how the job stands
  if (last === undefined) throw new ConnectionFailed(`the events of job ${jobId} told nothing`);
  return last;
}

/** `missed`: looks in a row that found no engine before. */
async function byPolling(
  exchange: Exchange,
  polling: Polling,
  jobId: string,
  signal: AbortSignal,
  tell: Tell,
  missed = 0,
): Promise<Job> {
  const began = nowS();
  let pauseS = polling.firstS;
  for (;;) {
    let seen: Job | undefined;
    try {
      seen = await exchange.ask(calls.getJob(jobId), signal);
      missed = 0;
    } catch (reason) {
      missed++;
      if (!isAway(reason) || missed >= MOST_MISSED) throw reason;
    }
    if (seen !== undefined) {
      tell(seen);
      if (hasEnded(seen)) return seen;
    }
    await sleep(pauseS, signal);
    pauseS = nextPauseS(polling, pauseS, nowS() - began);
  }
}

/** Whether nothing came for as long as was allowed. */
function isSilence(reason: unknown): reason is ConnectionFailed {
  return reason instanceof ConnectionFailed && reason.cause instanceof Overdue;
}

function jobIn(data: string, { response }: Opened): Job {
  try {
    const job: unknown = JSON.parse(data);
    if (typeof job === "object" && job !== null && "job_id" in job && "status" in job) return job as Job;
  } catch {
    // told below
  }
  throw new UnexpectedAnswer(`an event of ${response.url} is not a job: ${JSON.stringify(data.slice(0, 200))}`, {
    code: "UNEXPECTED_ANSWER",
    status: response.status,
  });
}
