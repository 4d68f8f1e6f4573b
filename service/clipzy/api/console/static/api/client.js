// Calls the REST API of the engine that serves this page, whatever path it is under.

import { capital } from "../lib/format.js";
import { heard } from "./clock.js";
import { credentials, refuse, token } from "./session.js";

// where the engine is; .../console/VERSION/api/client.js lies three folders below
export const ROOT = new URL("../../../", import.meta.url);
const BASE = new URL("api/v1/", ROOT);
const PATIENCE_MS = 30_000; // for an answer that is no file
const BROKEN = "The connection broke before the response was complete.";

/**
 * An error in the API's words. `code`: its stable name, null where no answer came; `status`: 0 then; `jobId`: of the job that
 * is in the way, where one is.
 */
export class ApiError extends Error {
  constructor(detail, { code = null, status = 0, jobId = null, fields = [] } = {}) {
    super(detail);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.jobId = jobId;
    this.fields = fields;
  }
}

/** The address of a path of the API, such as `jobs?page=1`. */
export function address(path) {
  return new URL(path, BASE).href;
}

/** The `data` of an answer. `trying`: a token to send in place of the one that is kept. Throws ApiError, also where the service does not answer, or not in time. */
export async function call(path, { method = "GET", body, signal: given, trying } = {}) {
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(given ? [given] : [])]);
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await request(path, { method, headers, body: body && JSON.stringify(body), signal, trying });
  return dataOf(await textOf(response));
}

/** The `data` of a good answer's text. Throws ApiError where it is no answer of the engine's, but a proxy's page for signing in. */
export function dataOf(text) {
  const { data } = parsed(text) ?? {};
  if (data === undefined) throw stranger();
  return data;
}

/** The JSON of a good answer's text. Throws ApiError where it is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw stranger();
  }
}

function stranger() {
  return new ApiError("Something other than the engine answered. Does a proxy or the network require a sign-in?");
}

/** The answer itself, where it is a good one. */
export async function request(path, { trying, ...options } = {}) {
  const sent = token();
  const headers = { ...options.headers, ...credentials(trying ?? sent) };
  const asked = fetch(address(path), { ...options, headers });
  const response = await come(asked, "The engine does not answer. Is it running, and is this machine online?");
  heard(response);
  if (response.status === 401 && !trying) refuse(sent);
  if (!response.ok) throw errorOf(response.status, await textOf(response));
  return response;
}

/** The text of an answer. Throws ApiError where the line breaks on the way. */
export function textOf(response) {
  return come(response.text(), BROKEN);
}

/** The same for a file. */
export function blobOf(response) {
  return come(response.blob(), BROKEN);
}

async function come(asked, otherwise) {
  try {
    return await asked;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TimeoutError") throw new ApiError("The engine has not answered in time.");
    throw new ApiError(otherwise);
  }
}

/** The error that a refusal's body tells; any other body is a proxy's. */
export function errorOf(status, text) {
  try {
    const { error } = JSON.parse(text);
    const { code, job_id: jobId, fields } = error;
    return new ApiError(sentence(error.detail), { code, status, jobId, fields });
  } catch {
    return new ApiError(`The engine cannot be reached: a proxy answered ${status}.`, { status });
  }
}

function sentence(detail) {
  const text = capital(detail);
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}
