/**
 * Every route of the engine, once: what is asked, and whether it may be asked again.
 *
 * Paths and answers are those of the generated schema: a route that the engine's document does not have does not compile.
 */

import type { Health, JobRequest } from "./models.js";
import { type Call, randomName, type Request } from "./requests.js";
import type { paths } from "./schema.js";
import { type OnProgress, UploadBody, type VideoSource } from "./upload.js";

type Routes = { [Path in keyof paths as Path extends `/api/v1${infer Route}` ? Route : never]: paths[Path] };
type Method = "get" | "post" | "delete";
type Answered<Route extends keyof Routes, M extends Method> = Routes[Route][M] extends {
  responses: { 200: { content: { "application/json": { data: infer Data } } } };
}
  ? Data
  : never;
type Names<Route> = Route extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Rest = Omit<Request, "method" | "path">;

/** A route, its names filled in and its answer typed. */
function call<Route extends keyof Routes, M extends Method>(
  method: M,
  route: Route,
  names: Readonly<Record<Names<Route>, string>>,
  rest: Rest,
): Call<Answered<Route, M>> {
  return { method: method.toUpperCase() as Uppercase<M>, path: filled(route, names), ...rest };
}

/** How the engine is. */
export const health = (): Call<Health> => call("get", "/health", {}, { repeatable: true });

/** Send a video. A second sending would make a second video, so that it is not repeatable. */
export function uploadVideo(
  source: VideoSource,
  templateVideoId: string | undefined,
  webhookUrl: string | undefined,
  onProgress: OnProgress | undefined,
) {
  const fields: Record<string, string> = {};
  if (templateVideoId !== undefined) fields["template_video_id"] = templateVideoId;
  if (webhookUrl !== undefined) fields["webhook_url"] = webhookUrl;
  const upload = () => new UploadBody(source, fields, onProgress);
  return call("post", "/videos/upload", {}, { repeatable: false, upload });
}

/** What is known of a video. */
export const getVideo = (video_id: string) => call("get", "/videos/{video_id}", { video_id }, { repeatable: true });

/** Uploads, newest first. Throws a TypeError where no ids are given, which to the engine means all uploads. */
export function listVideos(page: number, page_size: number, video_id: readonly string[] | undefined) {
  if (video_id?.length === 0) throw new TypeError("videoIds must be a list of ids, one or more");
  return call("get", "/videos", {}, { repeatable: true, params: { page, page_size, video_id } });
}

/** A video's file as it was sent. */
export const videoFile = (video_id: string, headers: Readonly<Record<string, string>>): Request =>
  call("get", "/videos/{video_id}/file", { video_id }, { repeatable: true, headers });

/** A small picture of a video. */
export const videoThumbnail = (video_id: string, headers: Readonly<Record<string, string>>): Request =>
  call("get", "/videos/{video_id}/thumbnail", { video_id }, { repeatable: true, headers });

/** Delete a video; a second time there is none. */
export const deleteVideo = (video_id: string) =>
  call("delete", "/videos/{video_id}", { video_id }, { repeatable: false });

/** Queue a job; its key makes one job of however many sendings. */
export const createJob = (json: JobRequest, key: string | undefined) =>
  call("post", "/jobs", {}, { repeatable: true, json, headers: { "Idempotency-Key": key ?? randomName(24) } });

/** How a job stands. */
export const getJob = (job_id: string) => call("get", "/jobs/{job_id}", { job_id }, { repeatable: true });

/** What has come of a job. */
export const jobResult = (job_id: string) => call("get", "/jobs/{job_id}/result", { job_id }, { repeatable: true });

/** Jobs, newest first. */
export const listJobs = (page: number, page_size: number, status: string | undefined, video_id: string | undefined) =>
  call("get", "/jobs", {}, { repeatable: true, params: { page, page_size, status, video_id } });

/** End a job; a second time there is nothing to cancel. */
export const cancelJob = (job_id: string) => call("post", "/jobs/{job_id}/cancel", { job_id }, { repeatable: false });

/** Delete a job; a second time there is none. */
export const deleteJob = (job_id: string) => call("delete", "/jobs/{job_id}", { job_id }, { repeatable: false });

/** How the delivery of a job's webhook went. */
export const jobWebhook = (job_id: string) => call("get", "/jobs/{job_id}/webhook", { job_id }, { repeatable: true });

/** The files that a job's stages left. */
export const listArtifacts = (job_id: string) =>
  call("get", "/jobs/{job_id}/artifacts", { job_id }, { repeatable: true });

/** A job's changes, from where the client was. */
export function followJob(job_id: string, lastEventId: string | undefined, silenceS: number): Request {
  const seen = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const headers = { Accept: "text/event-stream", ...seen };
  // who follows looks at what a silent stream means: what is between may hold it back
  const how = { repeatable: true, headers, silenceS, againWhenSilent: false };
  return call("get", "/jobs/{job_id}/events", { job_id }, how);
}

/** A job's rendered file. */
export const output = (job_id: string, headers: Readonly<Record<string, string>>): Request =>
  call("get", "/jobs/{job_id}/output", { job_id }, { repeatable: true, headers });

/** A file of a job. */
export const artifact = (job_id: string, name: string, headers: Readonly<Record<string, string>>): Request =>
  call("get", "/jobs/{job_id}/artifacts/{name}", { job_id, name }, { repeatable: true, headers });

/** Each name is one step of the path, whatever it holds; throws a TypeError where it is empty or would lead elsewhere. */
function filled(route: string, names: Readonly<Record<string, string>>): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined || ["", ".", ".."].includes(value)) {
      throw new TypeError(`${JSON.stringify(value)} is no id and no name`);
    }
    return encodeURIComponent(value);
  });
}
