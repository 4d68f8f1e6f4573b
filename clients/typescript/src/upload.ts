/** A video as the body of a `multipart/form-data` request, read while it is sent (RFC 7578). */

import { randomName } from "./requests.js";

/** Called with the bytes done and those in all; undefined where nobody said how many there are. */
export type OnProgress = (doneBytes: number, totalBytes: number | undefined) => void;

/** What can be sent: a name, its bytes in all, and those bytes, anew for each sending. */
export interface VideoSource {
  readonly name: string;
  readonly sizeBytes: number;
  chunks(): AsyncIterable<Uint8Array>;
  /** The same as a Blob, where it is one: browsers send nothing else. */
  readonly blob?: Blob;
}

/** A Blob or a File as a source; a Blob without a name needs one, since the engine looks at the ending. */
export function blobSource(blob: Blob, filename?: string): VideoSource {
  const name = filename ?? (blob instanceof File ? blob.name : undefined);
  if (name === undefined) throw new TypeError("a Blob has no name; give `filename`, such as clip.mp4");
  return { name, sizeBytes: blob.size, chunks: () => readable(blob.stream()), blob };
}

/** One sending of a video and its fields; a retry needs another. At most one piece is in memory. */
export class UploadBody {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Whether the last piece was given away: until then the engine cannot have taken the video. */
  mayHaveArrived = false;
  /** What the file or the caller's `onProgress` threw, which is no broken connection. */
  fault: { readonly reason: unknown } | undefined;

  readonly #source: VideoSource;
  readonly #opening: Uint8Array<ArrayBuffer>;
  readonly #closing: Uint8Array<ArrayBuffer>;
  readonly #onProgress: OnProgress | undefined;

  constructor(source: VideoSource, fields: Readonly<Record<string, string>>, onProgress: OnProgress | undefined) {
    const boundary = randomName(24);
    const texts = Object.entries(fields).map(([name, value]) => `${head(boundary, `name="${name}"`)}${value}\r\n`);
    const file = `name="file"; filename="${quoted(source.name)}"\r\nContent-Type: application/octet-stream`;
    const encoder = new TextEncoder();
    this.#opening = encoder.encode(texts.join("") + head(boundary, file));
    this.#closing = encoder.encode(`\r\n--${boundary}--\r\n`);
    this.#source = source;
    this.#onProgress = onProgress;
    this.contentType = `multipart/form-data; boundary=${boundary}`;
    this.sizeBytes = this.#opening.length + source.sizeBytes + this.#closing.length;
  }

  /** The body, piece by piece. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      this.tell(0);
      yield this.#opening;
      let sent = 0;
      for await (const piece of this.#source.chunks()) {
        if (sent + piece.length > this.#source.sizeBytes) throw this.changed();
        yield piece;
        sent += piece.length;
        this.tell(sent);
      }
      if (sent !== this.#source.sizeBytes) throw this.changed();
    } catch (reason) {
      this.fault ??= { reason };
      throw reason;
    }
    this.mayHaveArrived = true;
    yield this.#closing;
  }

  /** The body as one Blob, which holds no bytes of its own. */
  asBlob(): Blob {
    if (this.#source.blob === undefined) throw new TypeError("browsers send Blobs and Files alone");
    return new Blob([this.#opening, this.#source.blob, this.#closing]);
  }

  /** Say how many bytes of the body have gone, where only that is known. */
  tellOfBody(bytes: number): void {
    try {
      this.tell(Math.min(Math.max(bytes - this.#opening.length, 0), this.#source.sizeBytes));
    } catch (reason) {
      this.fault ??= { reason };
      throw reason;
    }
  }

  private changed(): Error {
    return new Error(`${this.#source.name} changed its size while it was sent`);
  }

  private tell(sent: number): void {
    this.#onProgress?.(sent, this.#source.sizeBytes);
  }
}

/** The chunks of a stream; not every browser goes through one by itself. */
export async function* readable<T extends Uint8Array>(stream: ReadableStream<T>): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader();
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        whole = true;
        return;
      }
      yield value;
    }
  } finally {
    // whoever stops early wants no more of it; that it cannot be stopped any more is no news
    if (!whole) await reader.cancel().catch(() => undefined);
  }
}

function head(boundary: string, disposition: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
}

/** As a quoted string; a line end, which none can hold, as browsers write it. */
function quoted(name: string): string {
  return name.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
