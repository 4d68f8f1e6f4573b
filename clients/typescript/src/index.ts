/** What both platforms have: errors, models, settings and the check of webhooks. */

export type {
  ClientOptions,
  CreateOptions,
  FetchOptions,
  JobFilter,
  ListOptions,
  UploadOptions,
  VideoFilter,
} from "./client.js";
export * from "./errors.js";
export type { EventsOptions, WaitOptions } from "./following.js";
export * from "./models.js";
export type { Fetch } from "./platform.js";
export type { CallOptions } from "./requests.js";
export {
  type Polling,
  type Retries,
  type Timeouts,
  USUAL_POLLING,
  USUAL_RETRIES,
  USUAL_TIMEOUTS,
} from "./settings.js";
export type { OnProgress, VideoSource } from "./upload.js";
export { VERSION } from "./version.js";
export { type GivenHeaders, verifyWebhook } from "./webhooks.js";
