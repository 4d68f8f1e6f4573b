/** Downloads through the client. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstat, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";

import { ConnectionFailed, NotFound, ResultNotReady, ServiceUnavailable } from "clipzy-client";

import { ask, connect, folder, nobody, output, refusal, relaying, type Say, scripted, success } from "./bridge.mjs";

const SIZE = 3_000_001;
const OUTPUT = output(SIZE);
const client = connect();
let jobId: string;

before(async () => {
  jobId = await ask("rendered", SIZE);
});

/** A file that was there before, in a folder of its own. */
async function older(): Promise<string> {
  const path = join(await folder(), "out.mp4");
  await writeFile(path, "an older one");
  return path;
}

test("an output comes whole, with nothing beside it; a file that was there is replaced", async () => {
  const path = await older();
  const seen: number[] = [];
  const onProgress = (done: number, total: number | undefined) => {
    assert.equal(total, SIZE);
    seen.push(done);
  };
  assert.equal(await client.jobs.download(jobId, path, { onProgress }), path);
  assert.ok((await readFile(path)).equals(OUTPUT));
  assert.deepEqual(await readdir(join(path, "..")), ["out.mp4"]);
  assert.equal(seen.at(-1), SIZE);
  assert.deepEqual(seen, seen.toSorted((one, other) => one - other));
});

test("a file can have a name as long as names may be", async () => {
  const path = join(await folder(), `${"é".repeat(125)}.mp4`);
  await client.jobs.download(jobId, path);
  assert.ok((await readFile(path)).equals(OUTPUT));
  await assert.rejects(client.jobs.download("job_none", join(path, "..", "x".repeat(256))), { code: "ENAMETOOLONG" });
});

test("a broken download goes on where it was, of the very same file", async () => {
  const path = await older();
  const relay = await relaying({ answered: 1_000_000 }, { answered: 1_000_000 });
  await connect(relay.url).jobs.download(jobId, path);
  assert.ok((await readFile(path)).equals(OUTPUT));
  const begins = (await relay.requests()).map((sent) => /^range: bytes=(\d+)-\r\nif-range: "/im.exec(sent)?.[1]);
  assert.deepEqual([begins.length, begins[0]], [3, undefined]);
  assert.ok(Number(begins[1]) > 900_000 && Number(begins[2]) > 1_800_000, String(begins));
});

test("a stream goes on in the same way", async () => {
  const relay = await relaying({ answered: 1_000_000 });
  const blob = await new Response(connect(relay.url).jobs.output(jobId)).arrayBuffer();
  assert.ok(Buffer.from(blob).equals(OUTPUT));
  assert.equal((await relay.requests()).length, 2);
});

test("a stream of a file that became another meanwhile ends with an error", async () => {
  const server = await scripted({ body: "aaaa", headers: { ETag: '"1"' }, length: 8 }, { body: "bbbbbb" });
  const stream = connect(server.url).jobs.output("job_a");
  await assert.rejects(new Response(stream).text(), (error) => {
    assert.ok(error instanceof ConnectionFailed);
    return /became another/.test(error.message);
  });
});

test("a pipe stays one and is given the bytes, over a broken connection too", async () => {
  const pipe = join(await folder(), "out.mp4");
  execFileSync("mkfifo", [pipe]);
  const relay = await relaying({ answered: 1_000_000 });
  const [read] = await Promise.all([readFile(pipe), connect(relay.url).jobs.download(jobId, pipe)]);
  assert.ok(read.equals(OUTPUT));
  assert.ok((await lstat(pipe)).isFIFO());
  assert.deepEqual(await readdir(join(pipe, "..")), ["out.mp4"]);
});

test("a pipe is not given two halves of two files", async () => {
  const pipe = join(await folder(), "out.mp4");
  execFileSync("mkfifo", [pipe]);
  const server = await scripted({ body: "aaaa", headers: { ETag: '"1"' }, length: 8 }, { body: "bbbbbb" });
  const read = readFile(pipe, "utf8");
  await assert.rejects(connect(server.url).jobs.download("job_a", pipe), /became another/);
  assert.equal(await read, "aaaa");
});

test("a pipe that nobody reads keeps no process: waiting for its reader can be called off", async () => {
  const pipe = join(await folder(), "out.mp4");
  execFileSync("mkfifo", [pipe]);
  await assert.rejects(client.jobs.download(jobId, pipe, { signal: AbortSignal.timeout(200) }), { name: "TimeoutError" });
});

for (const there of [true, false]) {
  test(`a link stays one: the file that it leads to is ${there ? "replaced" : "made"}`, async () => {
    const [link, target] = [join(await folder(), "out.mp4"), join(await folder(), "target.mp4")];
    if (there) await writeFile(target, "an older one");
    await symlink(target, link);
    assert.equal(await client.jobs.download(jobId, link), link);
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.ok((await readFile(target)).equals(OUTPUT));
    assert.deepEqual(await readdir(join(target, "..")), ["target.mp4"]);
  });
}

test("a download that breaks for good leaves what was there, and nothing beside it", async () => {
  const path = await older();
  const relay = await relaying({ answered: 1_000_000 }, ...Array<{ answered: number }>(20).fill({ answered: 0 }));
  await assert.rejects(connect(relay.url).jobs.download(jobId, path), ConnectionFailed);
  assert.equal(await readFile(path, "utf8"), "an older one");
  assert.deepEqual(await readdir(join(path, "..")), ["out.mp4"]);
});

test("a download may break more often than a request is retried, as long as something comes each time", async () => {
  const path = await older();
  const relay = await relaying(...Array<{ answered: number }>(7).fill({ answered: 400_000 }));
  await connect(relay.url).jobs.download(jobId, path);
  assert.ok((await readFile(path)).equals(OUTPUT));
});

test("a download outlasts an engine that goes away for a while: what has come is kept", async () => {
  const path = await older();
  const relay = await relaying({ answered: 1_000_000 }, ...Array<{ answered: number }>(6).fill({ answered: 0 }));
  await connect(relay.url).jobs.download(jobId, path);
  assert.ok((await readFile(path)).equals(OUTPUT));
  const [, ...others] = await relay.requests();
  assert.ok(others.every((sent) => /^range: bytes=\d+-/im.test(sent)));
});

test("a download outlasts an engine that answers busy for a while", async () => {
  const path = await older();
  const busy = Array<Say>(9).fill(refusal(503, "SERVICE_UNAVAILABLE"));
  const rest = { status: 206, body: "bbbb", headers: { "Content-Range": "bytes 4-7/8" } };
  const server = await scripted({ body: "aaaa", headers: { ETag: '"1"' }, length: 8 }, ...busy, rest);
  await connect(server.url).jobs.download("job_a", path);
  assert.equal(await readFile(path, "utf8"), "aaaabbbb");
});

test("a download of which nothing has come fails like any request, after its retries", async () => {
  const server = await scripted(refusal(503, "SERVICE_UNAVAILABLE"));
  await assert.rejects(connect(server.url).jobs.download("job_a", await older()), ServiceUnavailable);
  assert.equal((await server.asked()).length, 4);
  const relay = await relaying(...Array<{ answered: number }>(9).fill({ answered: 0 }));
  await assert.rejects(connect(relay.url).jobs.download("job_a", await older()), ConnectionFailed);
  assert.equal((await relay.requests()).length, 4);
});

test("a file that changed meanwhile is taken from its start", async () => {
  const path = await older();
  const server = await scripted(
    { body: "aaaa", headers: { ETag: '"1"' }, length: 8 },
    { body: "bbbbbb", headers: { ETag: '"2"' } },
  );
  await connect(server.url).jobs.download("job_a", path);
  const { headers } = (await server.asked())[1] ?? { headers: {} as Record<string, string> };
  assert.deepEqual([headers["range"], headers["if-range"]], ["bytes=4-", '"1"']);
  assert.equal(await readFile(path, "utf8"), "bbbbbb");
});

test("a part that does not tell the size of the whole goes where it belongs, and one that does not say which is not taken", async () => {
  const path = await older();
  const [first, headers] = [{ body: "aaaa", headers: { ETag: '"1"' }, length: 8 }, { ETag: '"1"', "Content-Range": "bytes 4-5/*" }];
  const rest = { status: 206, body: "cc", headers: { "Content-Range": "bytes 6-7/*" } };
  const server = await scripted(first, { status: 206, body: "bb", headers }, rest);
  await connect(server.url).jobs.download("job_a", path);
  assert.equal(await readFile(path, "utf8"), "aaaabbcc");
  const { url } = await scripted(first, { status: 206, body: "bbbb" });
  await assert.rejects(connect(url).jobs.download("job_a", path), { code: "CONNECTION_FAILED", message: /does not say which/ });
  assert.equal(await readFile(path, "utf8"), "aaaabbcc");
});

test("without a strong tag a download begins anew", async () => {
  const path = await older();
  const server = await scripted({ body: "aaaa", headers: { ETag: 'W/"1"' }, length: 8 }, { body: "bb" });
  await connect(server.url).jobs.download("job_a", path);
  assert.equal((await server.asked())[1]?.headers["range"], undefined);
  assert.equal(await readFile(path, "utf8"), "bb");
});

test("an empty file is a file", async () => {
  const path = await older();
  const server = await scripted({ body: "" });
  await connect(server.url).jobs.download("job_a", path);
  assert.equal(await readFile(path, "utf8"), "");
});

test("there is no file before there is an output", async () => {
  const path = join(await folder(), "out.mp4");
  await assert.rejects(client.jobs.download(await ask<string>("add_job"), path), ResultNotReady);
  assert.deepEqual(await readdir(join(path, "..")), []);
});

test("a folder that is not there is told before anything is sent", async () => {
  const path = join(await folder(), "none", "out.mp4");
  await assert.rejects(connect(await nobody()).jobs.download("job_a", path), { code: "ENOENT" });
});

test("a download that is called off leaves nothing", async () => {
  const path = await older();
  const stop = new AbortController();
  const onProgress = () => { stop.abort(new Error("enough")); };
  await assert.rejects(client.jobs.download(jobId, path, { onProgress, signal: stop.signal }), /enough/);
  assert.deepEqual(await readdir(join(path, "..")), ["out.mp4"]);
});

test("artifacts come one by one or together, by the names that the list has", async () => {
  const into = await folder();
  const job = await ask<string>("add_job");
  await ask("finish_extraction", job);
  const [artifact] = await client.jobs.artifacts(job);
  assert.deepEqual([artifact?.name, artifact?.size_bytes, artifact?.content_type], ["style.json", 2, "application/json"]);
  assert.equal(new TextDecoder().decode(await client.jobs.readArtifact(job, "style.json")), "{}");
  await assert.rejects(client.jobs.readArtifact(job, "plan.json"), NotFound);
  await client.jobs.downloadArtifact(job, "style.json", join(into, "a.json"));
  assert.equal(await readFile(join(into, "a.json"), "utf8"), "{}");
  const all = join(into, "new", "all");
  assert.deepEqual(await client.jobs.downloadArtifacts(job, all), [join(all, "style.json")]);
  assert.equal(await new Response(client.jobs.artifact(job, "style.json")).text(), "{}");
  await assert.rejects(client.jobs.downloadArtifact(job, "../../etc/passwd", join(into, "b")), NotFound);
});

test("a name that leads out of the folder is left alone, whoever answers", async () => {
  const into = await folder();
  const artifacts = ["../evil", "..", ""].map((name) => ({ name, size_bytes: 1, content_type: "a/b", storage_url: "" }));
  const server = await scripted(success({ artifacts, total: 3 }), { body: "evil" });
  assert.deepEqual(await connect(server.url).jobs.downloadArtifacts("job_a", join(into, "all")), []);
  assert.equal((await server.asked()).length, 1);
});
