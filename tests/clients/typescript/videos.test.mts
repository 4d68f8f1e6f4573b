/** Uploads through the client. */

import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { ConnectionFailed, FileTooLarge, InvalidRequest, VideoInUse, VideoNotFound } from "clipzy-client";
import { UploadBody } from "#dist/upload.js";

import { all, ask, CLIP, connect, folder, LONG_CLIP, relaying } from "./bridge.mjs";

const client = connect();

test("an upload comes back as the engine sees it", async () => {
  const video = await client.videos.upload(CLIP);
  assert.deepEqual([video.filename, video.file_size_bytes], ['a "clip".mp4', (await stat(CLIP)).size]);
  assert.deepEqual([video.metadata.width, video.metadata.height, video.metadata.codec], [160, 90, "h264"]);
  assert.deepEqual((await client.videos.get(video.video_id)).metadata, video.metadata);
});

test("a File and a named Blob are sent too; one without a name is refused before anything is sent", async () => {
  const bytes = await readFile(CLIP);
  assert.equal((await client.videos.upload(new File([bytes], "file.mp4"))).filename, "file.mp4");
  assert.equal((await client.videos.upload(new Blob([bytes]), { filename: "blob.mp4" })).filename, "blob.mp4");
  await assert.rejects(client.videos.upload(new Blob([bytes])), /give `filename`/);
});

test("an upload comes back as it was sent, and as a small picture", async () => {
  const { video_id } = await client.videos.upload(CLIP);
  const file = await new Response(client.videos.file(video_id)).arrayBuffer();
  assert.ok(Buffer.from(file).equals(await readFile(CLIP)));
  const picture = new Uint8Array(await new Response(client.videos.thumbnail(video_id)).arrayBuffer());
  assert.deepEqual([...picture.subarray(0, 2)], [0xff, 0xd8]);
  await assert.rejects(new Response(client.videos.file("vid_none")).text(), VideoNotFound);
  const target = join(await folder(), "back.mp4");
  assert.ok((await readFile(await client.videos.download(video_id, target))).equals(await readFile(CLIP)));
  const small = await readFile(await client.videos.downloadThumbnail(video_id, `${target}.jpg`));
  assert.deepEqual([...small], [...picture]);
});

test("an upload remembers the template and the webhook for the jobs on it", async () => {
  const template = await client.videos.upload(CLIP);
  const webhookUrl = "https://example.com/hook";
  const video = await client.videos.upload(CLIP, { templateVideoId: template.video_id, webhookUrl });
  const job = await client.jobs.create({ video_id: video.video_id });
  assert.equal(job.template_video_id, template.video_id);
  assert.equal((await ask<{ webhook_url: string }>("job", job.job_id)).webhook_url, webhookUrl);
});

test("progress is told from nothing to the last byte, never back", async () => {
  const seen: number[] = [];
  const { size } = await stat(LONG_CLIP);
  await client.videos.upload(LONG_CLIP, {
    onProgress(done, total) {
      assert.equal(total, size);
      seen.push(done);
    },
  });
  assert.deepEqual([seen[0], seen.at(-1)], [0, size]);
  assert.ok(seen.length > 10);
  assert.deepEqual(seen, seen.toSorted((one, other) => one - other));
});

test("the length of an upload is known before it is sent", async () => {
  const source = { name: 'a "b"\r\n.mp4', sizeBytes: 3, chunks: async function* () { yield new Uint8Array(3); } };
  const body = new UploadBody(source, { webhook_url: "https://example.com/ä" }, undefined);
  const pieces = await all(body.pieces());
  assert.equal(pieces.reduce((sum, piece) => sum + piece.length, 0), body.sizeBytes);
  assert.match(Buffer.concat(pieces).toString(), /filename="a \\"b\\"%0D%0A\.mp4"\r\n/);
});

test("an upload is read no faster than it is sent", async () => {
  const { url } = await relaying({ sent: 3000 });
  let read = 0;
  const chunks = async function* () {
    for (let count = 0; count < 1024; count++) {
      read += 1 << 18;
      yield new Uint8Array(1 << 18);
    }
  };
  const source = { name: "large.mp4", sizeBytes: 1 << 28, chunks };
  const upload = connect(url, { retries: { most: 0 } }).videos.upload(source);
  // the server refuses it by its length: that answer may come before the connection breaks
  await assert.rejects(upload, (error) => error instanceof ConnectionFailed || error instanceof FileTooLarge);
  assert.ok(read < 32 << 20, `${read} bytes were read for 3000 that were sent`);
});

test("a file that is too large is refused by name, also while it is still being sent", async () => {
  const path = join(await folder(), "huge.mp4");
  await writeFile(path, Buffer.alloc(10 << 20));
  await assert.rejects(client.videos.upload(path), (error) => {
    assert.ok(error instanceof FileTooLarge);
    assert.deepEqual([error.code, error.status, error.requestId?.slice(0, 4)], ["FILE_TOO_LARGE", 413, "req_"]);
    return true;
  });
});

test("a file that is not there, or fails while it is read, is told with its own error", async () => {
  await assert.rejects(client.videos.upload("none.mp4"), { code: "ENOENT" });
  const chunks = async function* () {
    yield new Uint8Array(2);
    throw new RangeError("the disk is gone");
  };
  await assert.rejects(client.videos.upload({ name: "a.mp4", sizeBytes: 3, chunks }), RangeError);
  for (const size of [2, 4]) {
    const changed = async function* () { yield new Uint8Array(size); };
    await assert.rejects(client.videos.upload({ name: "a.mp4", sizeBytes: 3, chunks: changed }), {
      message: "a.mp4 changed its size while it was sent",
    });
  }
  await assert.rejects(client.videos.upload("/dev/null"), /copy it to a file first/);
});

test("an error in onProgress comes out, and is not taken for a broken connection", async () => {
  const onProgress = () => { throw new TypeError("enough"); };
  await assert.rejects(client.videos.upload(CLIP, { onProgress }), { name: "TypeError", message: "enough" });
});

test("an upload that broke halfway is sent again, and there is one video in the end", async () => {
  const before = await ask<number>("videos");
  const relay = await relaying({ sent: 3000 });
  const video = await connect(relay.url).videos.upload(LONG_CLIP);
  assert.equal((await relay.requests()).length, 2);
  assert.equal(await ask("videos"), before + 1);
  assert.equal(video.file_size_bytes, (await stat(LONG_CLIP)).size);
});

test("an upload that may have arrived is not sent again", async () => {
  const before = await ask<number>("videos");
  const relay = await relaying({ answered: 0 });
  await assert.rejects(connect(relay.url).videos.upload(CLIP), ConnectionFailed);
  assert.equal((await relay.requests()).length, 1);
  assert.equal(await ask("videos"), before + 1);
});

test("an upload that is called off leaves nothing", async () => {
  const before = await ask<number>("videos");
  const stop = new AbortController();
  const onProgress = (done: number) => { if (done > 0) stop.abort(new Error("changed my mind")); };
  await assert.rejects(client.videos.upload(LONG_CLIP, { onProgress, signal: stop.signal }), /changed my mind/);
  assert.equal(await ask("videos"), before);
});

test("a deleted video is gone, and one in use stays", async () => {
  const video_id = await ask<string>("add_video");
  const { job_id } = await client.jobs.create({ video_id });
  await assert.rejects(client.videos.delete(video_id), VideoInUse);
  await client.jobs.cancel(job_id);
  assert.equal(await client.videos.delete(video_id), undefined);
  await assert.rejects(client.videos.get(video_id), VideoNotFound);
});

test("what is wrong with a parameter is named", async () => {
  await assert.rejects(
    client.videos.list({ pageSize: 1000 }),
    (error) => error instanceof InvalidRequest && error.fields[0]?.field === "page_size",
  );
});

test("uploads are found by their ids, and no ids are not all uploads", async () => {
  const wanted: string[] = [];
  for (let count = 0; count < 4; count++) wanted.push(await ask("add_video"));
  wanted.pop();
  const found: string[] = [];
  const videoIds = [...wanted, "vid_of_old_times"];
  for await (const { video_id } of client.videos.iterate({ videoIds, pageSize: 2 })) found.push(video_id);
  assert.deepEqual(found, wanted.toReversed());
  assert.equal((await client.videos.list({ videoIds: wanted.slice(1) })).total, 2);
  await assert.rejects(client.videos.list({ videoIds: [] }), TypeError);
});

test("every upload is gone through while they are deleted", async () => {
  const { url } = await ask<{ url: string }>("own_service", {});
  const own = connect(url);
  for (let number = 0; number < 7; number++) await ask("add_video");
  for await (const { video_id } of own.videos.iterate({ pageSize: 2 })) await own.videos.delete(video_id);
  assert.equal((await own.videos.list()).total, 0);
});

test("every upload is gone through once, newest first, also while others are uploaded", async () => {
  const { url } = await ask<{ url: string }>("own_service", {});
  const uploaded: string[] = [];
  for (let count = 0; count < 5; count++) uploaded.push(await ask("add_video"));
  const found: string[] = [];
  for await (const video of connect(url).videos.iterate({ pageSize: 2 })) {
    if (found.push(video.video_id) === 1) await ask("add_video");
  }
  assert.deepEqual(found, uploaded.toReversed());
});
