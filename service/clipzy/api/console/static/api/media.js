// Addresses for <img> and <video>, which cannot send a token: with one, the file is fetched and kept in the browser.

import { address, blobOf, request } from "./client.js";
import { token } from "./session.js";

/** Where the element can read a path of the API; given back when `signal` says that the page has gone. */
export async function mediaAddress(path, signal) {
  if (!token()) return address(path);
  const response = await request(path, { signal });
  const url = URL.createObjectURL(await blobOf(response));
  signal.addEventListener("abort", () => URL.revokeObjectURL(url), { once: true });
  return url;
}

/** Save a path of the API as a file, as a click on a link does. */
export async function save(path, name, signal) {
  const link = document.createElement("a");
  link.href = await mediaAddress(path, signal);
  link.download = name;
  link.click();
}
