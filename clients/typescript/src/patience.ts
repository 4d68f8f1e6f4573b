/** Time: pauses that can be ended, and deadlines that move on with every byte. */

// beyond this a timer would ring at once
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Why a request was ended that took too long. */
export class Overdue extends Error {}

/** Let time pass; throws the signal's reason as soon as there is one. */
export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Act once so many seconds have passed, however many; what it gives back is for `clearTimeout`. */
export function after(seconds: number, act: () => void): ReturnType<typeof setTimeout> | undefined {
  return seconds === Infinity ? undefined : setTimeout(act, Math.min(seconds * 1000, LONGEST_TIMER_MS));
}

/** Seconds on a clock that never jumps. */
export function nowS(): number {
  return performance.now() / 1000;
}

/** Ends a request when nothing has happened for too long, or when the caller's own signal says so. */
export class Watch {
  readonly signal: AbortSignal;
  readonly #deadline = new AbortController();
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(caller: AbortSignal | undefined) {
    this.signal = caller === undefined ? this.#deadline.signal : AbortSignal.any([caller, this.#deadline.signal]);
  }

  /** From now on so many seconds may pass. */
  allow(seconds: number): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = after(seconds, () => {
      this.#deadline.abort(new Overdue(`nothing came for ${seconds} s`));
    });
  }

  /** From now on any time may pass. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** The request is over, though pieces of it may still be on their way. */
  end(): void {
    this.#over = true;
    this.rest();
  }
}
