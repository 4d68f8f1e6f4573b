// Addresses for <img> and <video>, which cannot send a token: with one, the file is fetched and kept in the browser.

import { address, blobOf, request } from "./client.js";
import { token } from "./session.js";
import { tapped } from "./tapped.js";

const SAVED_WITHIN_MS = 60_000; // after the click a browser needs the address no longer

// what was fetched for a page, by its signal and then by path, so that nothing is fetched twice
const pages = new WeakMap();

/**
 * Where the element can read a path of the API; given back when `signal` says that the page has gone. `onProgress` is given the
 * bytes that have come and all of them, null where nobody knows how many, of what is fetched.
 */
export async function mediaAddress(path, signal, onProgress = () => {}) {
  if (!token()) return address(path);
  const kept = pages.get(signal) ?? new Map();
  pages.set(signal, kept);
  if (kept.has(path)) {
    kept.get(path).listeners.add(onProgress);
    return kept.get(path).url;
  }
  const listeners = new Set([onProgress]);
  const url = fetched(path, signal, (...far) => listeners.forEach((tell) => tell(...far)));
  kept.set(path, { url, listeners });
  url.then(
    (there) => signal.addEventListener("abort", () => URL.revokeObjectURL(there), { once: true }),
    () => kept.delete(path),
  );
  return url;
}

/** Save a path of the API as a file, as a click on a link does; what the page shows already is not fetched again. Told as above. */
export async function save(path, name, signal, onProgress) {
  const isShown = pages.get(signal)?.has(path);
  const link = document.createElement("a");
  link.href = await (isShown ? mediaAddress : fetched)(path, signal, onProgress);
  link.download = name;
  link.click();
  if (!isShown) setTimeout(() => URL.revokeObjectURL(link.href), SAVED_WITHIN_MS);
}

async function fetched(path, signal, onProgress) {
  const response = await request(path, { signal });
  const { headers } = response;
  // the length is that of what is sent, which may be zipped
  const total = headers.has("Content-Encoding") ? null : Number(headers.get("Content-Length")) || null;
  let come = 0;
  const body = tapped(response.body, (piece) => onProgress((come += piece.length), total));
  return URL.createObjectURL(await blobOf(new Response(body, { headers })));
}
