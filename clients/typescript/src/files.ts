/** Files of Node: read while they are sent; written beside the target and moved into place whole. */

import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { type FileRequest, filePieces, type Piece } from "./downloads.js";
import { ConnectionFailed } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { sleep } from "./patience.js";
import { randomName } from "./requests.js";
import type { OnProgress, VideoSource } from "./upload.js";

// characters of a file's name in that of its part: the whole of one that is as long as names may be would leave no room for the rest
const NAMED = 24;
const READER_S = 0.05; // between two looks whether somebody reads a pipe
const PIECE_BYTES = 1 << 18; // few calls, and a progress bar that moves

/** A file to be sent; throws the system's own error where there is none, and an Error for a pipe or a device. */
export async function fileSource(path: string, filename?: string): Promise<VideoSource> {
  const there = await stat(path);
  if (!there.isFile() && !there.isDirectory()) {
    throw new Error(`${path}: a pipe or a device does not tell its size, so copy it to a file first`);
  }
  const { size } = there;
  return {
    name: filename ?? basename(path),
    sizeBytes: size,
    chunks: () => createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>,
  };
}

/**
 * Fetch a file to a path; there it is whole or not at all. A link stays one, and the file that it leads to is replaced; pipes and
 * devices stay what they are, and are given the bytes as they come. Comes to the path; throws as `filePieces` does.
 */
export async function saveFile(
  exchange: Exchange,
  file: FileRequest,
  path: string,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
): Promise<string> {
  const there = await unlessMissing(stat(path));
  if (there !== undefined && !there.isFile()) {
    const target = await (there.isFIFO() ? readPipe(path, signal) : open(path, "w"));
    await pour(filePieces(exchange, file, signal), target, onProgress);
    return path;
  }
  const target = await followed(path);
  const beside = join(dirname(target), `.${basename(target).slice(0, NAMED)}.${randomName(4)}.part`);
  const part = await open(beside, "wx");
  try {
    let size = 0;
    for await (const { at, bytes, totalBytes } of filePieces(exchange, file, signal)) {
      if (at < size) await part.truncate(at);
      await writeAll(part, bytes, at);
      size = at + bytes.length;
      onProgress?.(size, totalBytes);
    }
    await part.sync();
    await part.close();
    await rename(beside, target);
    return path;
  } finally {
    await part.close();
    await rm(beside, { force: true });
  }
}

/** A pipe, open once somebody reads it: opened at once, it would keep whoever called the download off from ending. */
async function readPipe(path: string, signal: AbortSignal | undefined): Promise<FileHandle> {
  for (;;) {
    try {
      const probe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        return await open(path, "w");
      } finally {
        await probe.close();
      }
    } catch (reason) {
      if (!(reason instanceof Error && "code" in reason && reason.code === "ENXIO")) throw reason;
    }
    await sleep(READER_S, signal);
  }
}

/** Write to what takes nothing back, and close it. */
async function pour(pieces: AsyncIterable<Piece>, pipe: FileHandle, onProgress: OnProgress | undefined): Promise<void> {
  try {
    let size = 0;
    for await (const { at, bytes, totalBytes } of pieces) {
      if (at < size) throw new ConnectionFailed("the file became another while it was fetched");
      await writeAll(pipe, bytes, null);
      size += bytes.length;
      onProgress?.(size, totalBytes);
    }
  } finally {
    await pipe.close();
  }
}

/** `at`: where in the file; null where it has no places. */
async function writeAll(file: FileHandle, bytes: Uint8Array, at: number | null): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at === null ? null : at + done)).bytesWritten;
  }
}

/** Where a path leads, over all its links; also to a file that is not there yet. */
async function followed(path: string): Promise<string> {
  const found = await unlessMissing(realpath(path));
  if (found !== undefined) return found;
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : followed(resolve(dirname(path), link));
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw reason;
  }
}
