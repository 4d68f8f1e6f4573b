// Sends a video. XMLHttpRequest, since fetch tells nothing of how far an upload is.

import { address, ApiError, dataOf, errorOf } from "./client.js";
import { credentials, refuse, token } from "./session.js";

let sending = 0;
// the browser asks before an upload is lost with its tab
window.addEventListener("beforeunload", (event) => sending > 0 && event.preventDefault());

/** Upload a file; answers the video. `onProgress` is given the share that is sent, 0..1. */
export function upload(file, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const sent = token();
    request.open("POST", address("videos/upload"));
    for (const [name, value] of Object.entries(credentials(sent))) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 401) refuse(sent);
      if (request.status !== 200) return reject(errorOf(request.status, request.responseText));
      try {
        resolve(dataOf(request.responseText));
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener("error", () => reject(new ApiError("The connection broke before the file was sent.")));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    sending += 1;
    request.addEventListener("loadend", () => (sending -= 1));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
