/**
 * Sends requests and reads answers, again where that may help and do no harm.
 *
 * What is sent again:
 * - after 429 and the engine's own QUEUE_FULL everything: it was refused before anything was done;
 * - after a connection that could not be made everything: nothing was sent;
 * - after one that broke without an answer, and after 502, 503 and 504, what is repeatable (reading, and creating a job, by its Idempotency-Key), and an
 *   upload whose last piece had not left. Cancelling and deleting are not: the second answer would be about the first. A 503 says no more than that:
 *   a proxy's comes for a connection that broke behind it, the engine's own where its database went away, which may have been after the deed.
 */

import { readData, readError } from "./answers.js";
import { ApiError, ConnectionFailed, QueueFull } from "./errors.js";
import { Overdue, sleep, Watch } from "./patience.js";
import type { Fetch, Platform } from "./platform.js";
import { type Built, type Call, randomName, type Request, type RequestBuilder } from "./requests.js";
import { awayPauseS, type Retries, retryPauseS, type Timeouts } from "./settings.js";
import { readable, type UploadBody } from "./upload.js";

const TOO_MANY = 429;
/** Nobody knows whether the engine has acted. */
const UNSETTLED: ReadonlySet<number> = new Set([502, 503, 504]);

// Node's words for a connection that was never there; browsers tell nothing
const NEVER_CONNECTED = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
]);

/** A successful answer whose body is still to be read. */
export interface Opened {
  readonly response: Response;
  /** The body as it comes; throws ConnectionFailed where it breaks off or falls silent. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** One client's way to its engine. */
export class Exchange {
  constructor(
    private readonly ownFetch: Fetch | undefined,
    private readonly platform: Platform,
    private readonly builder: RequestBuilder,
    readonly retries: Retries,
    readonly timeouts: Timeouts,
  ) {}

  /** What the engine answers; throws an ApiError where it refuses, and ConnectionFailed where it does not answer. */
  ask<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
    return this.#send(call, signal, async (response, watch) => {
      const data = await readData<T>(response);
      watch.end();
      return data;
    });
  }

  /** A successful answer, to be read piece by piece. */
  open(request: Request, signal?: AbortSignal): Promise<Opened> {
    const silenceS = request.silenceS ?? this.timeouts.answerS;
    return this.#send(request, signal, (response, watch, built) => {
      const pieces = async function* () {
        watch.allow(silenceS);
        try {
          for await (const piece of response.body === null ? [] : readable(response.body)) {
            watch.rest(); // the caller may take his time
            yield piece;
            watch.allow(silenceS);
          }
        } catch (reason) {
          signal?.throwIfAborted();
          throw broken(built, reason);
        } finally {
          watch.end();
        }
      };
      watch.rest(); // nobody may want to read it
      return Promise.resolve({ response, pieces });
    });
  }

  /**
   * Let time pass before what stays open for long, a stream or a file, is opened again. `missed`: times in a row that it was
   * not. Throws the reason itself where the engine refuses for good, or has been away for too long.
   */
  async waitWhileAway(reason: unknown, missed: number, signal?: AbortSignal): Promise<void> {
    const askedS = reason instanceof ApiError ? reason.retryAfterS : undefined;
    const pauseS = isAway(reason) ? awayPauseS(this.retries, missed, askedS) : undefined;
    if (pauseS === undefined) throw reason;
    await sleep(pauseS, signal);
  }

  async #send<T>(
    request: Request,
    signal: AbortSignal | undefined,
    read: (response: Response, watch: Watch, built: Built) => Promise<T>,
  ): Promise<T> {
    const requestId = `req_${randomName(12)}`; // the same for all tries, which belong together in the log
    for (let triedAgain = 0; ; triedAgain++) {
      signal?.throwIfAborted();
      const built = this.builder.build(request, requestId);
      const body = request.upload?.();
      const watch = new Watch(signal);
      let error: ApiError | ConnectionFailed;
      let again: boolean;
      let askedS: number | undefined;
      try {
        const response = await this.#once(request, built, body, watch);
        if (response.ok) return await read(response, watch, built);
        error = await readError(response);
        watch.end();
        again = didNothing(error) || (UNSETTLED.has(error.status) && isHarmlessAgain(request, body));
        askedS = error.retryAfterS;
      } catch (reason) {
        watch.end();
        signal?.throwIfAborted();
        if (body?.fault !== undefined) throw body.fault.reason;
        if (!isBreak(reason)) throw reason;
        error = broken(built, reason);
        const heldBack = reason instanceof Overdue && request.againWhenSilent === false;
        again = neverConnected(reason) || (!heldBack && isHarmlessAgain(request, body));
      }
      const pauseS = again ? retryPauseS(this.retries, triedAgain, askedS) : undefined;
      if (pauseS === undefined) throw error;
      await sleep(pauseS, signal);
    }
  }

  #once(request: Request, built: Built, body: UploadBody | undefined, watch: Watch): Promise<Response> {
    watch.allow(request.silenceS ?? this.timeouts.answerS);
    if (body === undefined) {
      const { method, headers } = built;
      const init: RequestInit = { method, headers, signal: watch.signal, redirect: "manual" };
      const send = this.ownFetch ?? fetch;
      return send(built.url, built.body === undefined ? init : { ...init, body: built.body });
    }
    const headers = { ...built.headers, "Content-Type": body.contentType };
    return this.platform.upload(this.ownFetch, built.url, headers, body, {
      signal: watch.signal,
      moved: () => {
        watch.allow(this.timeouts.answerS);
      },
      sent: () => {
        watch.allow(this.timeouts.uploadAnswerS);
      },
    });
  }
}

/** Whether the engine has surely not acted, and may do so in a while. */
function didNothing(refusal: ApiError): boolean {
  return refusal.status === TOO_MANY || refusal instanceof QueueFull;
}

/** Whether a second sending does no harm where nobody knows what has come of the first. */
function isHarmlessAgain(request: Request, body: UploadBody | undefined): boolean {
  return body === undefined ? request.repeatable : !body.mayHaveArrived;
}

/** Whether the engine may be there again in a while: nobody answered, or only that it cannot at present. */
export function isAway(reason: unknown): boolean {
  if (!(reason instanceof ApiError)) return reason instanceof ConnectionFailed;
  return reason.status === TOO_MANY || UNSETTLED.has(reason.status);
}

/** A broken connection as an error of ours. */
function broken(built: Built, reason: unknown): ConnectionFailed {
  return new ConnectionFailed(`${built.method} ${built.url} got no whole answer: ${inWords(reason)}`, built.requestId, {
    cause: reason,
  });
}

/** fetch tells of broken connections with TypeErrors and DOMExceptions; anything else is somebody's mistake. */
function isBreak(reason: unknown): boolean {
  return reason instanceof TypeError || reason instanceof DOMException || reason instanceof Overdue;
}

function neverConnected(reason: unknown): boolean {
  const code: unknown = reason instanceof Error && reason.cause instanceof Error && Reflect.get(reason.cause, "code");
  return typeof code === "string" && NEVER_CONNECTED.has(code);
}

function inWords(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason.cause instanceof Error && reason.cause.message ? `${reason.message}: ${reason.cause.message}` : reason.message;
}
