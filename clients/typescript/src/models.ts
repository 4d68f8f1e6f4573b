/** What is asked and answered, by the names that the engine's OpenAPI document gives it. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type Artifact = Schemas["Artifact"];
export type EditPlan = Schemas["EditPlan"];
export type Health = Schemas["HealthResponse"];
export type Job = Schemas["JobResponse"];
export type JobConfig = Schemas["JobConfig"];
export type JobError = Schemas["JobError"];
export type JobPage = Schemas["JobList"];
export type JobRequest = Schemas["JobRequest"];
export type JobResult = Schemas["JobResult"];
export type JobStatus = Schemas["Status"];
export type Stage = Schemas["Stage"];
export type StyleDNA = Schemas["StyleDNA"];
export type Video = Schemas["VideoResponse"];
export type VideoMetadata = Schemas["VideoMetadata"];
export type VideoPage = Schemas["VideoList"];
export type WebhookDelivery = Schemas["WebhookDelivery"];

/** One change of a job. `eventId`: what to go on from, for `jobs.events(jobId, { lastEventId })`. */
export interface JobEvent {
  readonly eventId: string;
  readonly job: Job;
}

/** What the engine tells of a job's end. */
export type WebhookEvent = Schemas["JobEnded"];

const ENDED: ReadonlySet<string> = new Set<JobStatus>(["completed", "failed", "cancelled"]);

/** Whether a job will not change any more. */
export function hasEnded(job: Pick<Job, "status">): boolean {
  return ENDED.has(job.status);
}
