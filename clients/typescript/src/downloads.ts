/** Fetches files piece by piece, and goes on where a connection broke. */

import { ConnectionFailed, RangeNotSatisfiable } from "./errors.js";
import type { Exchange, Opened } from "./exchange.js";
import { sleep } from "./patience.js";
import type { Request } from "./requests.js";
import { retryPauseS } from "./settings.js";
import type { OnProgress } from "./upload.js";

const PARTIAL = 206;
const UNTOLD = "*";

/**
 * A piece of a file, and where it belongs: at the end of what came before, or at an earlier place, from where everything is
 * new, since the file became another meanwhile. `totalBytes`: of the whole file, undefined where nobody says.
 */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly totalBytes: number | undefined;
}

/** How to ask for a file, with what headers. */
export type FileRequest = (headers: Readonly<Record<string, string>>) => Request;

/**
 * The pieces of a file, over as many connections as it takes.
 *
 * An engine that goes away once a part has come is waited for, as polling does. Throws an ApiError where the engine refuses,
 * ResultNotReady where there is nothing yet; ConnectionFailed where it stays away, or connections break one after the other,
 * with nothing coming between.
 */
export async function* filePieces(
  exchange: Exchange,
  file: FileRequest,
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  let size = 0;
  let etag: string | undefined;
  let totalBytes: number | undefined;
  let missed = 0;
  for (let broken = 0; ; ) {
    const before = size;
    let why: string;
    let opened: Opened | undefined;
    try {
      opened = await exchange.open(file(asking(size, etag)), signal);
      missed = 0;
      const { start, wholeBytes } = extent(opened);
      if (start > size) throw new ConnectionFailed(`the answer begins at byte ${start}, where ${size} was asked for`);
      size = start;
      totalBytes = wholeBytes === UNTOLD ? totalBytes : wholeBytes;
      etag = strongTag(opened);
      for await (const bytes of opened.pieces()) {
        yield { at: size, bytes, totalBytes };
        size += bytes.length;
      }
      if (totalBytes === undefined || totalBytes === size) {
        // an empty file has a piece too, so that what it replaces is gone
        if (size === 0) yield { at: 0, bytes: new Uint8Array(), totalBytes };
        return;
      }
      why = `${size} of ${totalBytes} bytes came`;
    } catch (reason) {
      if (reason instanceof RangeNotSatisfiable && size > 0) size = 0; // shorter by now, so it is another one
      else if (opened === undefined && size > 0) {
        await exchange.waitWhileAway(reason, ++missed, signal);
        continue;
      } else if (opened === undefined || !(reason instanceof ConnectionFailed)) throw reason; // like any other request
      why = reason.message;
    }
    broken = size > before ? 1 : broken + 1;
    const pauseS = retryPauseS(exchange.retries, broken - 1);
    if (pauseS === undefined) throw new ConnectionFailed(`the file did not come whole: ${why}`);
    await sleep(pauseS, signal);
  }
}

/** A file as a stream, which cannot take anything back: throws ConnectionFailed where the file became another meanwhile. */
export function fileStream(
  exchange: Exchange,
  file: FileRequest,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = filePieces(exchange, file, signal);
  let size = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) {
          controller.close();
          return;
        }
        if (value.at < size) throw new ConnectionFailed("the file became another while it was fetched");
        size += value.bytes.length;
        onProgress?.(size, value.totalBytes);
        controller.enqueue(new Uint8Array(value.bytes));
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Ask for what is missing, as long as it is still the same file; bytes as they are, since ranges count those. */
function asking(size: number, etag: string | undefined): Record<string, string> {
  const plain = { "Accept-Encoding": "identity" };
  return size > 0 && etag !== undefined ? { ...plain, Range: `bytes=${size}-`, "If-Range": etag } : plain;
}

/** Where an answer's first byte belongs, and what the whole file has; `UNTOLD` where a part does not say. */
function extent({ response }: Opened): { start: number; wholeBytes: number | typeof UNTOLD | undefined } {
  if (response.status === PARTIAL) {
    const range = response.headers.get("Content-Range") ?? "";
    const part = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range);
    if (part === null) throw new ConnectionFailed(`a part of the file came that does not say which: "${range}"`);
    return { start: Number(part[1]), wholeBytes: part[2] === UNTOLD ? UNTOLD : Number(part[2]) };
  }
  const length = response.headers.get("Content-Length") ?? "";
  // of a body that was packed on its way the length says nothing
  const plain = !response.headers.has("Content-Encoding") && /^\d+$/.test(length);
  return { start: 0, wholeBytes: plain ? Number(length) : undefined };
}

function strongTag({ response }: Opened): string | undefined {
  const etag = response.headers.get("ETag") ?? "";
  return etag.startsWith('"') ? etag : undefined; // a weak one says nothing of bytes
}
