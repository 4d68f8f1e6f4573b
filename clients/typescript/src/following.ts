/** Follows a job to its end: by its events, or by looking again and again. */

import * as calls from "./calls.js";
import { ConnectionFailed, UnexpectedAnswer, WaitTimedOut } from "./errors.js";
import { EventReader } from "./event-stream.js";
import { type Exchange, isAway, type Opened } from "./exchange.js";
import { hasEnded, type Job, type JobEvent } from "./models.js";
import { after, nowS, sleep } from "./patience.js";
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
  /** By the job's events in place of polling, which tell every change at once. */
  readonly follow?: boolean | undefined;
}

/**
 * A job's changes up to its end, over as many connections as it takes.
 *
 * A connection that breaks is made again with Last-Event-ID, so that the end is not missed and nothing comes twice. An engine that
 * goes away is waited for, as polling does. Throws an ApiError where the engine refuses, JobNotFound too where the job was
 * deleted meanwhile; ConnectionFailed where it stays away, or connections break one after the other, with no event and no beat
 * of the stream's heart between.
 */
export async function* jobEvents(
  exchange: Exchange,
  jobId: string,
  { lastEventId, signal }: EventsOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  let seen = lastEventId;
  let missed = 0;
  for (let broken = 0; ; ) {
    const reader = new EventReader(seen);
    let why = "the stream ended before the job did";
    let opened: Opened;
    try {
      opened = await exchange.open(calls.followJob(jobId, seen, exchange.timeouts.silenceS), signal);
    } catch (reason) {
      await exchange.waitWhileAway(reason, ++missed, signal);
      continue;
    }
    missed = 0;
    if (opened.response.status === NO_CONTENT) return; // has ended, which was seen
    try {
      for await (const piece of opened.pieces()) {
        for (const told of reader.feed(piece)) {
          const event = { eventId: told.eventId, job: jobIn(told.data, opened) };
          broken = 0;
          seen = event.eventId;
          yield event;
          if (hasEnded(event.job)) return;
        }
      }
    } catch (reason) {
      if (!(reason instanceof ConnectionFailed)) throw reason;
      why = reason.message;
    }
    if (reader.hasBeaten) broken = 0; // what cuts every stream after a while, as proxies do, is no engine that fails
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
    return await (follow ? byEvents(exchange, jobId, signal, tell) : byPolling(exchange, polling, jobId, signal, tell));
  } catch (reason) {
    caller?.throwIfAborted();
    if (reason === deadline.signal.reason) throw new WaitTimedOut(`job ${jobId} has not ended in time`, job);
    throw reason;
  } finally {
    clearTimeout(timer);
  }
}

type Tell = (job: Job) => void;

async function byEvents(exchange: Exchange, jobId: string, signal: AbortSignal, tell: Tell): Promise<Job> {
  let last: Job | undefined;
  for await (const event of jobEvents(exchange, jobId, { signal })) {
    last = event.job;
    tell(last);
  }
  // without an id the engine tells at least how the job stands
  if (last === undefined) throw new ConnectionFailed(`the events of job ${jobId} told nothing`);
  return last;
}

async function byPolling(
  exchange: Exchange,
  polling: Polling,
  jobId: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<Job> {
  const began = nowS();
  let pauseS = polling.firstS;
  let missed = 0;
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
