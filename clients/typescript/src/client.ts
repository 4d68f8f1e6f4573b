/** The client. What it does is written below it; here are the names, the types and the words. */

import * as calls from "./calls.js";
import { type FileRequest, fileStream } from "./downloads.js";
import { Exchange } from "./exchange.js";
import { type EventsOptions, jobEvents, type WaitOptions, waitForJob } from "./following.js";
import type {
  Artifact,
  Health,
  Job,
  JobEvent,
  JobPage,
  JobRequest,
  JobResult,
  JobStatus,
  Video,
  VideoPage,
  WebhookDelivery,
} from "./models.js";
import { eachEntry, LARGEST_PAGE } from "./pages.js";
import type { Fetch, Platform } from "./platform.js";
import { type CallOptions, DEFAULT_URL, RequestBuilder } from "./requests.js";
import {
  type Polling,
  type Retries,
  type Timeouts,
  USUAL_POLLING,
  USUAL_RETRIES,
  USUAL_TIMEOUTS,
} from "./settings.js";
import { blobSource, type OnProgress, readable, type VideoSource } from "./upload.js";

export interface UploadOptions extends CallOptions {
  /** Name of a Blob that has none; the engine looks at its ending. */
  readonly filename?: string | undefined;
  /** Remembered for the jobs on this video, as is `webhookUrl`. */
  readonly templateVideoId?: string | undefined;
  readonly webhookUrl?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface CreateOptions extends CallOptions {
  /** Where your own process may die and ask again; without one each call has its own, for its retries. */
  readonly idempotencyKey?: string | undefined;
}

export interface ListOptions extends CallOptions {
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
}

export interface VideoFilter {
  /** Of these, 100 at most, those that there are. */
  readonly videoIds?: readonly string[] | undefined;
}

export interface JobFilter {
  readonly status?: JobStatus | undefined;
  /** Jobs on this video, or with it as their template. */
  readonly videoId?: string | undefined;
}

export interface FetchOptions extends CallOptions {
  readonly onProgress?: OnProgress | undefined;
}

/** `token`: of an engine that wants one. `fetch`: one of your own, for proxies and certificates. */
export interface ClientOptions {
  readonly token?: string | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly retries?: Partial<Retries> | undefined;
  readonly polling?: Partial<Polling> | undefined;
  readonly fetch?: Fetch | undefined;
}

/** Uploads; `client.videos`. */
export class Videos {
  constructor(protected readonly exchange: Exchange) {}

  /**
   * Send a video, streamed from its file. The template and the webhook are remembered for the jobs on it.
   *
   * `onProgress` begins anew where an upload is sent again: after 429, and where the connection broke or a 502, 503 or 504 came
   * before the last byte had left, when the engine keeps nothing. After that byte both are thrown (ConnectionFailed,
   * ServiceUnavailable): the video may have arrived, and `list` tells.
   *
   * Throws UnsupportedFormat, InvalidVideo, FileTooLarge or InsufficientStorage where the engine does not take it.
   */
  async upload(file: Blob | VideoSource, options: UploadOptions = {}): Promise<Video> {
    const source = file instanceof Blob ? blobSource(file, options.filename) : file;
    const { templateVideoId, webhookUrl, onProgress, signal } = options;
    return this.exchange.ask(calls.uploadVideo(source, templateVideoId, webhookUrl, onProgress), signal);
  }

  /** What is known of a video. */
  async get(videoId: string, { signal }: CallOptions = {}): Promise<Video> {
    return this.exchange.ask(calls.getVideo(videoId), signal);
  }

  /** One page of uploads, newest first. */
  async list({ page = 1, pageSize = 10, videoIds, signal }: ListOptions & VideoFilter = {}): Promise<VideoPage> {
    return this.exchange.ask(calls.listVideos(page, pageSize, videoIds), signal);
  }

  /** All uploads, or those of some ids, newest first, page by page as they are needed. */
  iterate({
    pageSize = LARGEST_PAGE,
    videoIds,
    signal,
  }: Omit<ListOptions, "page"> & VideoFilter = {}): AsyncGenerator<Video, void, undefined> {
    return eachEntry(
      this.exchange,
      (page) => calls.listVideos(page, pageSize, videoIds),
      ({ videos }) => videos.map((video) => [video.video_id, video] as const),
      signal,
    );
  }

  /** The file as it was sent, as a stream which goes on where a connection broke. */
  file(videoId: string, options: FetchOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return fileStream(this.exchange, (headers) => calls.videoFile(videoId, headers), options);
  }

  /** A small picture of it, a JPEG, as `file` does it; reading it throws NotFound where none can be made. */
  thumbnail(videoId: string, options: FetchOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return fileStream(this.exchange, (headers) => calls.videoThumbnail(videoId, headers), options);
  }

  /** Delete a video with its file; throws VideoInUse where a job uses it. */
  async delete(videoId: string, { signal }: CallOptions = {}): Promise<void> {
    await this.exchange.ask(calls.deleteVideo(videoId), signal);
  }
}

/** Jobs and their files; `client.jobs`. */
export class Jobs {
  constructor(
    protected readonly exchange: Exchange,
    private readonly polling: Polling,
  ) {}

  /**
   * Queue a job: footage in a template's style, in its own or in `config.style`; or a template alone, for its style.
   *
   * Throws VideoNotFound, MissingField, InvalidRequest or IdempotencyConflict where there is no such job; JobAlreadyProcessing
   * where the same work is queued or processing; QueueFull where the queue still is after the retries.
   */
  async create(request: JobRequest, { idempotencyKey, signal }: CreateOptions = {}): Promise<Job> {
    return this.exchange.ask(calls.createJob(request, idempotencyKey), signal);
  }

  /** How a job stands. */
  async get(jobId: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.exchange.ask(calls.getJob(jobId), signal);
  }

  /**
   * What has come of a job: the Style DNA as soon as it is known, the output once it is rendered.
   *
   * Throws ResultNotReady where there is nothing yet.
   */
  async result(jobId: string, { signal }: CallOptions = {}): Promise<JobResult> {
    return this.exchange.ask(calls.jobResult(jobId), signal);
  }

  /** One page of jobs, newest first. */
  async list({ page = 1, pageSize = 10, status, videoId, signal }: ListOptions & JobFilter = {}): Promise<JobPage> {
    return this.exchange.ask(calls.listJobs(page, pageSize, status, videoId), signal);
  }

  /** All jobs, newest first, page by page as they are needed. */
  iterate({
    pageSize = LARGEST_PAGE,
    status,
    videoId,
    signal,
  }: Omit<ListOptions, "page"> & JobFilter = {}): AsyncGenerator<Job, void, undefined> {
    return eachEntry(
      this.exchange,
      (page) => calls.listJobs(page, pageSize, status, videoId),
      ({ jobs }) => jobs.map((job) => [job.job_id, job] as const),
      signal,
    );
  }

  /** End a job; its work stops within seconds and leaves no output. Throws JobNotCancellable where it has ended already. */
  async cancel(jobId: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.exchange.ask(calls.cancelJob(jobId), signal);
  }

  /** Delete a job that has ended, with its files; throws JobAlreadyProcessing where it has not. */
  async delete(jobId: string, { signal }: CallOptions = {}): Promise<void> {
    await this.exchange.ask(calls.deleteJob(jobId), signal);
  }

  /**
   * Each change of a job up to its end, over as many connections as it takes.
   *
   * Throws ConnectionFailed where the engine stays away, or connections break one after the other, with no sign of life between.
   */
  events(jobId: string, options: EventsOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    return jobEvents(this.exchange, jobId, options);
  }

  /**
   * The job when it has ended, in whichever way; `throwUnlessCompleted` tells the good from the bad.
   *
   * It is looked at every 5 s for two minutes, then ever more rarely, down to every 30 s; with `follow` by its events in
   * place of that, as long as no proxy holds them back. Throws WaitTimedOut where `timeoutS` have passed; the job goes on.
   */
  async wait(jobId: string, options: WaitOptions = {}): Promise<Job> {
    return waitForJob(this.exchange, this.polling, jobId, options);
  }

  /** How the delivery of a job's webhook went; throws NotFound where it has none, or has not ended. */
  async webhook(jobId: string, { signal }: CallOptions = {}): Promise<WebhookDelivery> {
    return this.exchange.ask(calls.jobWebhook(jobId), signal);
  }

  /** The files that a job's stages left, by name. */
  async artifacts(jobId: string, { signal }: CallOptions = {}): Promise<Artifact[]> {
    return (await this.exchange.ask(calls.listArtifacts(jobId), signal)).artifacts;
  }

  /**
   * The rendered video as a stream, which goes on where a connection broke; `new Response(stream).blob()` makes a Blob of it.
   *
   * Reading it throws ResultNotReady where the job has not ended, and NotFound where it has no output.
   */
  output(jobId: string, options: FetchOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return fileStream(this.exchange, this.outputRequest(jobId), options);
  }

  /** One of a job's files, as `output` does it. */
  artifact(jobId: string, name: string, options: FetchOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return fileStream(this.exchange, this.artifactRequest(jobId, name), options);
  }

  /** One of a job's files, in memory: for the small ones, such as plan.json. Throws NotFound where it has none of that name. */
  async readArtifact(jobId: string, name: string, options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of readable(this.artifact(jobId, name, options))) pieces.push(piece);
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  }

  protected outputRequest(jobId: string): FileRequest {
    return (headers) => calls.output(jobId, headers);
  }

  protected artifactRequest(jobId: string, name: string): FileRequest {
    return (headers) => calls.artifact(jobId, name, headers);
  }
}

/** What both clients share: the way to the engine, and its health. */
export abstract class BaseClient {
  protected readonly exchange: Exchange;
  protected readonly polling: Polling;

  constructor(platform: Platform, baseUrl: string = DEFAULT_URL, options: ClientOptions = {}) {
    const builder = new RequestBuilder(baseUrl, options.token, platform.headers);
    const retries = { ...USUAL_RETRIES, ...options.retries };
    this.exchange = new Exchange(options.fetch, platform, builder, retries, { ...USUAL_TIMEOUTS, ...options.timeouts });
    this.polling = { ...USUAL_POLLING, ...options.polling };
  }

  /** How the engine is. */
  async health({ signal }: CallOptions = {}): Promise<Health> {
    return this.exchange.ask(calls.health(), signal);
  }
}
