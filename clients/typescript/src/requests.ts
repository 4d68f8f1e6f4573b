/** What is asked of the engine, as values, and the one place that knows where the engine is and on whose behalf it is asked. */

import { REQUEST_ID } from "./answers.js";
import type { UploadBody } from "./upload.js";

export const DEFAULT_URL = "http://localhost:8000";
const BASE_PATH = "/api/v1";

/** What every call takes: `signal` ends it, whatever it is doing, with the signal's own reason. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One request. `path`: below the API's base path.
 *
 * `repeatable`: whether it may be sent again where nobody knows whether the engine has acted, as after a connection that
 * broke without an answer: a second time does no harm and gives the same answer. `againWhenSilent`: the same where none began in
 * time, unless it is false.
 */
export interface Request {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly repeatable: boolean;
  readonly params?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Makes the body of one sending; a retry needs another. */
  readonly upload?: () => UploadBody;
  /** Seconds without a byte of the answer, in place of the usual. */
  readonly silenceS?: number;
  readonly againWhenSilent?: boolean;
}

/** A request that is answered with a `T` in the engine's envelope; the type is for the compiler alone. */
export interface Call<T> extends Request {
  readonly answer?: T;
}

/** A request as it goes out. */
export interface Built {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly requestId: string;
  readonly body: string | undefined;
}

/**
 * Makes HTTP requests to one engine, on behalf of one token.
 *
 * Throws a TypeError for a URL that is none of http or https or holds a password, and for a token that no header can hold; it shows neither.
 */
export class RequestBuilder {
  readonly #root: string;
  readonly #headers: Record<string, string>;

  constructor(baseUrl: string, token: string | undefined, headers: Readonly<Record<string, string>>) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new TypeError(
        `the base URL must begin with http:// or https://, such as ${DEFAULT_URL}, and hold no user name or password; give a token separately`,
      );
    }
    const path = url.pathname.replace(/\/+$/, "");
    this.#root = url.origin + (path.endsWith(BASE_PATH) ? path : path + BASE_PATH);
    this.#headers = { Accept: "*/*", ...headers, ...authorization(token) };
  }

  /** A fresh HTTP request; `requestId` leads to it in the engine's log. */
  build(request: Request, requestId: string): Built {
    const given = Object.entries(request.params ?? {}).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((each) => [name, String(each)]),
    );
    const query = new URLSearchParams(given).toString();
    const headers: Record<string, string> = { ...this.#headers, [REQUEST_ID]: requestId, ...request.headers };
    if (request.json !== undefined) headers["Content-Type"] = "application/json";
    return {
      url: this.#root + request.path + (query === "" ? "" : `?${query}`),
      method: request.method,
      headers,
      requestId,
      body: request.json === undefined ? undefined : JSON.stringify(request.json),
    };
  }
}

/** The header that says who is calling; none for an empty variable of the environment. What is wrong with a token is told without it. */
function authorization(token = ""): Record<string, string> {
  const word = token.trim(); // one that was read from a file has a line end
  if (!/^[!-~]*$/.test(word)) {
    throw new TypeError("the token must be one word of printable ASCII characters, as `clipzy token` makes it");
  }
  return word === "" ? {} : { Authorization: `Bearer ${word}` };
}

/** Characters that nobody guesses, for ids and keys: `bytes` random ones in base64url. */
export function randomName(bytes: number): string {
  const text = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes)));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
