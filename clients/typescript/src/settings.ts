/** How patient the client is: time-outs, retries and polling, as values with defaults that suit most callers. */

/**
 * In seconds.
 *
 * `answerS`: until an answer begins, and between two pieces of it. `uploadAnswerS`: the same after an upload's last byte, which
 * the engine looks into first. `silenceS`: of an event stream, whose heart beats every 15 s.
 */
export interface Timeouts {
  readonly answerS: number;
  readonly uploadAnswerS: number;
  readonly silenceS: number;
}

/**
 * When to try again what may be tried again, and when to give up.
 *
 * `most`: retries of one request. `firstS`, `longestS`: bounds of the pause, which doubles and has full jitter, so that many
 * clients do not come back in step. `longestAskedS`: the longest Retry-After that is waited for.
 */
export interface Retries {
  readonly most: number;
  readonly firstS: number;
  readonly longestS: number;
  readonly longestAskedS: number;
}

/**
 * How often a job is looked at: every `firstS` for `steadyS`, which short jobs take, then ever more rarely.
 *
 * `growth`: of each pause over the one before; `longestS`: the longest pause.
 */
export interface Polling {
  readonly firstS: number;
  readonly longestS: number;
  readonly steadyS: number;
  readonly growth: number;
}

export const USUAL_TIMEOUTS: Timeouts = { answerS: 30, uploadAnswerS: 300, silenceS: 45 };
export const USUAL_RETRIES: Retries = { most: 3, firstS: 0.5, longestS: 8, longestAskedS: 60 };
export const USUAL_POLLING: Polling = { firstS: 5, longestS: 30, steadyS: 120, growth: 1.5 };

/**
 * Seconds before the next try, after so many retries; undefined to give up.
 *
 * `askedS`: what Retry-After said. `jitter`: 0..1, evenly spread.
 */
export function retryPauseS(
  retries: Retries,
  triedAgain: number,
  askedS?: number,
  jitter: number = Math.random(),
): number | undefined {
  if (triedAgain >= retries.most) return undefined;
  if (askedS === undefined) return jitter * Math.min(retries.longestS, retries.firstS * 2 ** triedAgain);
  // never earlier than was asked for, and not all at once
  return askedS <= retries.longestAskedS ? askedS + jitter * retries.firstS : undefined;
}

/** Looks in a row that found no engine; with their own retries that is half a minute, and some where it hangs. */
export const MOST_MISSED = 5;

/**
 * Seconds before an engine that stayed away for a request and all of its retries is looked for again; undefined to give up.
 *
 * `missed`: such looks in a row, from 1. Pauses go on where those of the retries ended, at their full length: a start takes its
 * time. `askedS`: what Retry-After said.
 */
export function awayPauseS(
  retries: Retries,
  missed: number,
  askedS = 0,
  jitter: number = Math.random(),
): number | undefined {
  if (missed >= MOST_MISSED || askedS > retries.longestAskedS) return undefined;
  return askedS + Math.min(retries.longestS, retries.firstS * 2 ** (retries.most + missed - 1)) + jitter * retries.firstS;
}

/** The pause after one of `pauseS`, when `waitedS` have passed in all. */
export function nextPauseS(polling: Polling, pauseS: number, waitedS: number): number {
  return waitedS < polling.steadyS ? polling.firstS : Math.min(polling.longestS, pauseS * polling.growth);
}
