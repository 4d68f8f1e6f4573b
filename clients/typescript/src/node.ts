/** The client in Node: uploads are read from files while they are sent, and downloads are written to them. */

import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";

import * as calls from "./calls.js";
import { BaseClient, type ClientOptions, type FetchOptions, Jobs, type UploadOptions, Videos } from "./client.js";
import { fileSource, saveFile } from "./files.js";
import type { Artifact, Video } from "./models.js";
import type { Platform } from "./platform.js";
import type { VideoSource } from "./upload.js";
import { VERSION } from "./version.js";

export * from "./index.js";

/** Uploads; `client.videos`. */
export class NodeVideos extends Videos {
  /** As in browsers; a string is a path. */
  override async upload(file: string | Blob | VideoSource, options: UploadOptions = {}): Promise<Video> {
    return super.upload(typeof file === "string" ? await fileSource(file, options.filename) : file, options);
  }

  /** The file as it was sent, streamed to that file, where it is whole or not at all; a broken connection is gone on with. */
  async download(videoId: string, path: string, options: FetchOptions = {}): Promise<string> {
    return saveFile(this.exchange, (headers) => calls.videoFile(videoId, headers), path, options);
  }

  /** A small picture of it, a JPEG, as `download` does it; throws NotFound where none can be made. */
  async downloadThumbnail(videoId: string, path: string, options: FetchOptions = {}): Promise<string> {
    return saveFile(this.exchange, (headers) => calls.videoThumbnail(videoId, headers), path, options);
  }
}

/** Jobs and their files; `client.jobs`. */
export class NodeJobs extends Jobs {
  /**
   * The rendered video, streamed to that file, where it is whole or not at all; a broken connection is gone on with.
   *
   * Throws ResultNotReady where the job has not ended, NotFound where it has no output, and the system's own error where the
   * file cannot be written. Comes to the path.
   */
  async download(jobId: string, path: string, options: FetchOptions = {}): Promise<string> {
    return saveFile(this.exchange, this.outputRequest(jobId), path, options);
  }

  /** One of a job's files, as `download` does it. */
  async downloadArtifact(jobId: string, name: string, path: string, options: FetchOptions = {}): Promise<string> {
    return saveFile(this.exchange, this.artifactRequest(jobId, name), path, options);
  }

  /** All of a job's files, in a folder that is made where it is not there yet; their paths. */
  async downloadArtifacts(jobId: string, folder: string, options: FetchOptions = {}): Promise<string[]> {
    const artifacts: Artifact[] = await this.artifacts(jobId, options);
    await mkdir(folder, { recursive: true });
    // a name may not lead out of the folder, whoever answers
    const names = artifacts.map((each) => each.name).filter((name) => name === basename(name) && !/^\.{0,2}$/.test(name));
    const paths: string[] = [];
    for (const name of names) paths.push(await this.downloadArtifact(jobId, name, join(folder, name), options));
    return paths;
  }
}

/** The engine at a URL. */
export class Client extends BaseClient {
  readonly videos: NodeVideos;
  readonly jobs: NodeJobs;

  constructor(baseUrl?: string, options?: ClientOptions) {
    super(NODE, baseUrl, options);
    this.videos = new NodeVideos(this.exchange);
    this.jobs = new NodeJobs(this.exchange, this.polling);
  }
}

const NODE: Platform = {
  headers: { "User-Agent": `clipzy-client-js/${VERSION}` },
  async upload(send, url, headers, body, watcher) {
    const pieces = body.pieces();
    const stream = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await pieces.next();
          if (done) {
            controller.close();
            return;
          }
          controller.enqueue(value);
          if (body.mayHaveArrived) watcher.sent();
          else watcher.moved();
        },
        async cancel() {
          await pieces.return();
        },
      },
      { highWaterMark: 0 }, // read no earlier than it can be sent
    );
    const init: RequestInit & { duplex: "half" } = {
      method: "POST",
      headers: { ...headers, "Content-Length": String(body.sizeBytes) },
      body: stream,
      duplex: "half", // the types of browsers know no other
      signal: watcher.signal,
      redirect: "manual",
    };
    return (send ?? fetch)(url, init);
  },
};
