/** Where Node and browsers differ, and nothing else. */

import type { UploadBody } from "./upload.js";

/** As the platform's own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What an upload that is under way tells. `moved`: a piece has gone; `sent`: the last one has. */
export interface UploadWatcher {
  readonly signal: AbortSignal;
  moved(): void;
  sent(): void;
}

export interface Platform {
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends an upload and answers as fetch does; by the caller's own `send`, where there is one. */
  upload(
    send: Fetch | undefined,
    url: string,
    headers: Record<string, string>,
    body: UploadBody,
    watcher: UploadWatcher,
  ): Promise<Response>;
}
