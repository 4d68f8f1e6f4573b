/** Files of Node: read while they are sent; written beside the target and moved into place whole. */

import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { type FileRequest, filePieces } from "./downloads.js";
import type { Exchange } from "./exchange.js";
import { randomName } from "./requests.js";
import type { OnProgress, VideoSource } from "./upload.js";

const PIECE_BYTES = 1 << 18; // few calls, and a progress bar that moves

/** A file to be sent; throws the system's own error where there is none. */
export async function fileSource(path: string, filename?: string): Promise<VideoSource> {
  const { size } = await stat(path);
  return {
    name: filename ?? basename(path),
    sizeBytes: size,
    chunks: () => createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>,
  };
}

/** Fetch a file to a path; there it is whole or not at all. Comes to the path; throws as `filePieces` does. */
export async function saveFile(
  exchange: Exchange,
  file: FileRequest,
  path: string,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
): Promise<string> {
  const beside = join(dirname(path), `.${basename(path)}.${randomName(4)}.part`);
  const part = await open(beside, "wx");
  try {
    let size = 0;
    for await (const { at, bytes, totalBytes } of filePieces(exchange, file, signal)) {
      if (at < size) await part.truncate(at);
      for (let done = 0; done < bytes.length; ) {
        done += (await part.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
      size = at + bytes.length;
      onProgress?.(size, totalBytes);
    }
    await part.sync();
    await part.close();
    await rename(beside, path);
    return path;
  } finally {
    await part.close();
    await rm(beside, { force: true });
  }
}
