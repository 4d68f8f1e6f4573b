/** The client in browsers: uploads are Blobs and Files, sent by XMLHttpRequest, which alone tells how far they are. */

import { BaseClient, type ClientOptions, Jobs, Videos } from "./client.js";
import type { Fetch, Platform, UploadWatcher } from "./platform.js";
import type { UploadBody } from "./upload.js";

export * from "./index.js";
export { Jobs, Videos };

/** The engine at a URL. */
export class Client extends BaseClient {
  readonly videos: Videos;
  readonly jobs: Jobs;

  constructor(baseUrl?: string, options?: ClientOptions) {
    super(BROWSER, baseUrl, options);
    this.videos = new Videos(this.exchange);
    this.jobs = new Jobs(this.exchange, this.polling);
  }
}

// of which a Response takes no body, not even an empty one (Fetch, 2.2.3)
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

const BROWSER: Platform = {
  headers: {},
  upload(send, url, headers, body, watcher) {
    // service workers have none; there nobody is told how far it is
    const mayTell = send === undefined && typeof XMLHttpRequest !== "undefined";
    return mayTell ? byXhr(url, headers, body, watcher) : byFetch(send ?? fetch, url, headers, body, watcher);
  },
};

async function byFetch(
  send: Fetch,
  url: string,
  headers: Record<string, string>,
  body: UploadBody,
  watcher: UploadWatcher,
): Promise<Response> {
  body.mayHaveArrived = true; // nobody can tell
  watcher.sent();
  return send(url, { method: "POST", headers, body: body.asBlob(), signal: watcher.signal, redirect: "manual" });
}

function byXhr(
  url: string,
  headers: Record<string, string>,
  body: UploadBody,
  watcher: UploadWatcher,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const end = (reason: unknown) => {
      reject(reason);
      request.abort();
    };
    const tell = (bytes: number) => {
      try {
        body.tellOfBody(bytes);
      } catch (reason) {
        end(reason);
      }
    };
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      watcher.moved();
      tell(loaded);
    };
    request.upload.onload = () => {
      body.mayHaveArrived = true;
      watcher.sent();
      tell(body.sizeBytes);
    };
    request.onload = () => {
      try {
        resolve(answerOf(request));
      } catch (reason) {
        reject(new TypeError("the answer cannot be read", { cause: reason })); // as of a status that is none
      }
    };
    request.onerror = () => {
      reject(new TypeError("the connection could not be made, or broke"));
    };
    watcher.signal.addEventListener("abort", () => {
      end(watcher.signal.reason);
    });
    tell(0);
    if (body.fault === undefined) request.send(body.asBlob());
  });
}

/** As fetch answers. */
function answerOf(request: XMLHttpRequest): Response {
  const lines = request.getAllResponseHeaders().trim().split(/[\r\n]+/).filter((line) => line !== "");
  const headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const text = WITHOUT_BODY.has(request.status) ? null : request.responseText;
  return new Response(text, { status: request.status, headers: new Headers(headers as [string, string][]) });
}
