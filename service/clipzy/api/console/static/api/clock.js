// The engine's clock: its moments are in it, and this machine's may go wrong.

const ALIKE_MS = 2000; // the engine tells whole seconds, and an answer takes its time

let ahead = 0;

/** Take note of when the engine answered. */
export function heard(response) {
  const told = Date.parse(response.headers.get("Date")) - Date.now();
  if (Math.abs(told - ahead) > ALIKE_MS) ahead = Math.abs(told) > ALIKE_MS ? told : 0;
}

/** What it shows now, in milliseconds as Date.now(). */
export function engineNow() {
  return Date.now() + ahead;
}
