/** Reads the engine's envelope: what is in `data`, or the error that it names. */

import { ApiError, errorClass, FileTooLarge, type InvalidField, UnexpectedAnswer } from "./errors.js";

export const REQUEST_ID = "X-Request-ID";
const TOO_LARGE = 413;
const EXCERPT = 200; // characters of an answer that nobody understands

/** What a successful answer holds; throws UnexpectedAnswer where it is not the engine's. */
export async function readData<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body = objectIn(text);
  if (body === undefined || !isObject(body["data"])) throw unexpected(response, text);
  return body["data"] as T;
}

/** The error in an answer that is no success. */
export async function readError(response: Response): Promise<ApiError> {
  const text = await response.text();
  const error = objectIn(text)?.["error"];
  if (!isObject(error) || typeof error["code"] !== "string") return unexpected(response, text);
  const { code, detail, job_id: jobId } = error;
  return new (errorClass(code, response.status))(typeof detail === "string" ? detail : code, {
    code,
    jobId: typeof jobId === "string" ? jobId : undefined,
    fields: fieldsIn(error["fields"]),
    ...seen(response),
  });
}

/** Seconds that a Retry-After header asks to wait: a number of them, or a date (RFC 9110, section 10.2.3). */
export function retryAfterS(header: string | null, nowMs: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  // HTTP dates alone: `Date.parse` would take "-1" for a year
  const moment = /^[A-Z][a-z]+,/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(moment) ? undefined : Math.max(0, (moment - nowMs) / 1000);
}

/** What a proxy says, or another service. */
export function unexpected(response: Response, text: string): FileTooLarge | UnexpectedAnswer {
  const excerpt = JSON.stringify(text.slice(0, EXCERPT));
  const said = `${response.url || "the server"} answered ${response.status} with what is not the engine's: ${excerpt}`;
  // of which there is no other meaning
  if (response.status === TOO_LARGE) {
    return new FileTooLarge(`${said}; a proxy takes no file of this size`, { code: "FILE_TOO_LARGE", ...seen(response) });
  }
  return new UnexpectedAnswer(`${said}; is the base URL right?`, { code: "UNEXPECTED_ANSWER", ...seen(response) });
}

function seen(response: Response) {
  return {
    status: response.status,
    requestId: response.headers.get(REQUEST_ID) ?? undefined,
    retryAfterS: retryAfterS(response.headers.get("Retry-After")),
  };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function fieldsIn(given: unknown): InvalidField[] {
  const entries: unknown[] = Array.isArray(given) ? given : [];
  return entries.filter(isObject).map((each) => ({ field: String(each["field"]), message: String(each["message"]) }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
