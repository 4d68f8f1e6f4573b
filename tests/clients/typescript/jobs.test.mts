/** Jobs through the client. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ConnectionFailed,
  IdempotencyConflict,
  InvalidRequest,
  type Job,
  JobAlreadyProcessing,
  JobNotCancellable,
  JobNotCompleted,
  JobNotFound,
  MissingField,
  NotFound,
  ResultNotReady,
  ServiceUnavailable,
  throwUnlessCompleted,
  USUAL_POLLING,
  WaitTimedOut,
} from "clipzy-client";
import { nextPauseS } from "#dist/settings.js";

import { all, ask, connect, refusal, relaying, type Say, scripted, success } from "./bridge.mjs";

const client = connect();

test("a new job is queued with everything that was asked for, and the rest is left to the engine", async () => {
  const [video_id, template_video_id] = [await ask<string>("add_video"), await ask<string>("add_video")];
  const metadata = { order: [4711] };
  const job = await client.jobs.create({ video_id, template_video_id, config: { quality: "high" }, metadata, priority: 3 });
  assert.deepEqual([job.video_id, job.template_video_id, job.status], [video_id, template_video_id, "queued"]);
  assert.deepEqual([job.metadata, job.priority, job.error], [metadata, 3, undefined]);
  const kept = await ask<{ quality: string; strength: number }>("job", job.job_id);
  assert.deepEqual([kept.quality, kept.strength], ["high", 0.7]);
});

test("a style that was found can be applied as it came", async () => {
  const { style_json } = await client.jobs.result(await ask<string>("rendered", 5));
  assert.ok(style_json);
  const job = await client.jobs.create({ video_id: await ask<string>("add_video"), config: { style: style_json } });
  assert.equal(job.status, "queued");
});

test("a job is created once however often it is sent, by its key", async () => {
  const video_id = await ask<string>("add_video");
  const relay = await relaying({ answered: 0 }, { answered: 10 });
  const job = await connect(relay.url).jobs.create({ video_id });
  const keys = (await relay.requests()).map((sent) => /^idempotency-key: (.*)$/im.exec(sent)?.[1]);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(await ask("jobs_on", video_id), [job.job_id]);
});

test("a key of the caller's own gives the same job in another call, and is refused for another request", async () => {
  const video_id = await ask<string>("add_video");
  const idempotencyKey = `order ${video_id}`;
  const first = await client.jobs.create({ video_id }, { idempotencyKey });
  assert.equal((await client.jobs.create({ video_id }, { idempotencyKey })).job_id, first.job_id);
  await assert.rejects(client.jobs.create({ video_id, priority: 1 }, { idempotencyKey }), IdempotencyConflict);
  await assert.rejects(
    client.jobs.create({ video_id }),
    (error) => error instanceof JobAlreadyProcessing && error.jobId === first.job_id,
  );
});

test("what is missing or wrong is named by its path", async () => {
  await assert.rejects(
    client.jobs.create({}),
    (error) => error instanceof MissingField && error.fields[0]?.field === "video_id",
  );
  const config = { strength: 2, ...({ colour: true } as object) };
  await assert.rejects(client.jobs.create({ video_id: "vid_a", config }), (error) => {
    assert.ok(error instanceof InvalidRequest);
    assert.deepEqual(error.fields.map(({ field }) => field).sort(), ["config.colour", "config.strength"]);
    return true;
  });
});

test("a result comes as soon as there is something", async () => {
  const job_id = await ask<string>("add_job");
  await assert.rejects(client.jobs.result(job_id), ResultNotReady);
  await ask("finish_extraction", job_id);
  const result = await client.jobs.result(job_id);
  assert.equal(result.style_json?.tempo_bpm, 125);
  assert.equal(result.output_video_url, null);
});

test("a cancelled job can be deleted, once each", async () => {
  const job_id = await ask<string>("add_job");
  assert.equal((await client.jobs.cancel(job_id)).status, "cancelled");
  await assert.rejects(client.jobs.cancel(job_id), JobNotCancellable);
  assert.equal(await client.jobs.delete(job_id), undefined);
  await assert.rejects(client.jobs.delete(job_id), JobNotFound);
});

test("a cancel whose answer was lost is not sent again", async () => {
  const relay = await relaying({ answered: 0 });
  await assert.rejects(connect(relay.url).jobs.cancel(await ask<string>("add_job")), ConnectionFailed);
  assert.equal((await relay.requests()).length, 1);
});

test("jobs are listed and gone through by status and by video, newest first", async () => {
  const template_video_id = await ask<string>("add_video");
  const made: string[] = [];
  for (let count = 0; count < 3; count++) {
    made.push(await ask("add_job", { video_id: await ask<string>("add_video"), template_video_id }));
  }
  await client.jobs.cancel(made[1] ?? "");
  const found = await all(client.jobs.iterate({ videoId: template_video_id, pageSize: 2 }));
  assert.deepEqual(found.map((job) => job.job_id), made.toReversed());
  const page = await client.jobs.list({ videoId: template_video_id, status: "cancelled" });
  assert.deepEqual(page.jobs.map((job) => job.job_id), [made[1]]);
});

/** What a wait of so many seconds ends with: of few, or where a busy machine tells of no job in that time, of more. */
async function givenUp(wait: (timeoutS: number) => Promise<Job>): Promise<unknown> {
  const error: unknown = await wait(0.3).catch((reason: unknown) => reason);
  return error instanceof WaitTimedOut && error.job === undefined ? wait(4).catch((reason: unknown) => reason) : error;
}

for (const follow of [false, true]) {
  const way = follow ? "by events" : "by polling";

  test(`waiting ${way} ends with the job and tells each change once`, async () => {
    const job_id = await ask<string>("add_job");
    const moves = [
      () => ask("begin", job_id),
      () => ask("begin", job_id, "audio_analysis"),
      () => ask("fail", job_id, "JOB_TIMEOUT"),
    ];
    const seen: string[] = [];
    const onChange = (job: Job) => {
      seen.push(`${job.status} ${job.current_stage}`);
      void moves.shift()?.();
    };
    const job = await client.jobs.wait(job_id, { follow, onChange, timeoutS: 20 });
    assert.deepEqual(seen, ["queued null", "processing video_analysis", "processing audio_analysis", "failed null"]);
    assert.throws(
      () => { throwUnlessCompleted(job); },
      (error) => error instanceof JobNotCompleted && error.code === "JOB_TIMEOUT" && /cannot be decoded/.test(error.message),
    );
  });

  test(`waiting ${way} may be given up by time or by signal, and the job goes on`, async () => {
    const job_id = await ask<string>("add_job");
    const error = await givenUp((timeoutS) => client.jobs.wait(job_id, { follow, timeoutS }));
    assert.ok(error instanceof WaitTimedOut);
    assert.equal(error.job?.status, "queued");
    const stop = new AbortController();
    const onChange = () => { stop.abort(new Error("enough")); };
    await assert.rejects(client.jobs.wait(job_id, { follow, onChange, signal: stop.signal }), /enough/);
    assert.equal((await client.jobs.get(job_id)).status, "queued");
  });
}

test("a time that no timer can hold is waited for all the same", async () => {
  for (const timeoutS of [Infinity, 1e9]) {
    const job_id = await ask<string>("add_job");
    const onChange = ({ status }: Job) => { if (status === "queued") void client.jobs.cancel(job_id); };
    assert.equal((await client.jobs.wait(job_id, { timeoutS, onChange })).status, "cancelled");
  }
});

/** One event of a stream, in which the job's status is the id too. */
const told = (status: string) => `retry: 10\nid: ${status}\ndata: ${JSON.stringify({ job_id: "job_a", status })}\n\n`;
const BUSY = refusal(503, "SERVICE_UNAVAILABLE");

for (const follow of [false, true]) {
  const way = follow ? "by events" : "by polling";

  test(`waiting ${way} outlasts an engine that is away for longer than one request is retried`, async () => {
    const relay = await relaying(...Array<{ answered: number }>(6).fill({ answered: 0 }));
    const job = await connect(relay.url).jobs.wait(await ask<string>("rendered", 5), { follow });
    assert.equal(job.status, "completed");
  });

  test(`waiting ${way} does not outlast an engine that stays away: its own error comes out`, async () => {
    const server = await scripted(BUSY);
    const impatient = connect(server.url, { retries: { most: 1, firstS: 0.01 }, polling: { firstS: 0.01 } });
    await assert.rejects(impatient.jobs.wait("job_a", { follow }), ServiceUnavailable);
    // five looks and their retries; where events were followed another one, at the job itself
    assert.equal((await server.asked()).length, follow ? 12 : 10);
  });
}

for (const away of [BUSY, ...[502, 503, 504].map((status): Say => ({ status, body: "<html>nginx</html>" }))]) {
  test(`events outlast an engine that is away (${away.status}, ${typeof away.body}) for longer than a request is retried, and go on after the last one`, async () => {
    const busy = Array<Say>(9).fill(away);
    const server = await scripted({ body: told("queued"), length: 1000 }, ...busy, { body: told("completed") });
    const events = await all(connect(server.url).jobs.events("job_a"));
    assert.deepEqual(events.map(({ job }) => job.status), ["queued", "completed"]);
    const [, ...others] = await server.asked();
    assert.equal(others.length, busy.length + 1);
    assert.deepEqual([...new Set(others.map(({ headers }) => headers["last-event-id"]))], ["queued"]);
  });
}

test("events outlast a proxy that cuts every stream, with nothing but beats of the stream's heart between", async () => {
  const beats = Array<Say>(6).fill({ body: "retry: 10\n\n: ping\n\n", length: 1000 });
  const server = await scripted({ body: told("queued"), length: 1000 }, ...beats, { body: told("completed") });
  const events = await all(connect(server.url).jobs.events("job_a"));
  assert.deepEqual(events.map(({ job }) => job.status), ["queued", "completed"]);
});

test("events do not outlast streams that bring nothing", async () => {
  const server = await scripted({ body: told("queued"), length: 1000 }, { body: "retry: 10\n\n", length: 1000 });
  await assert.rejects(all(connect(server.url).jobs.events("job_a")), { code: "CONNECTION_FAILED", message: /cannot be followed/ });
  assert.equal((await server.asked()).length, 4);
});

for (const [what, held] of [
  ["nothing", { body: "", head: false, hold_s: 5 }],
  ["no body", { body: "", length: 100, hold_s: 5 }],
  ["no whole event", { body: "retry: 10\n\n", length: 1000 }],
] as const) {
  test(`waiting by events goes on by polling where ${what} of their stream comes through`, async () => {
    const [queued, completed] = ["queued", "completed"].map((status) => success({ job_id: "job_a", status }));
    const streams = Array<Say>(what === "no whole event" ? 4 : 1).fill(held);
    const server = await scripted(...streams, queued ?? BUSY, completed ?? BUSY);
    const seen: string[] = [];
    const onChange = ({ status }: Job) => { seen.push(status); };
    const job = await connect(server.url, { timeouts: { silenceS: 0.3 } }).jobs.wait("job_a", { follow: true, onChange });
    assert.deepEqual([job.status, seen], ["completed", ["queued", "completed"]]);
    const paths = (await server.asked()).map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(paths, [...streams.map(() => "events"), "job_a", "job_a"]);
  });
}

test("polling grows as the document says: 5 s for two minutes, then longer up to 30 s", () => {
  const pauses = [USUAL_POLLING.firstS];
  for (let waitedS = 0; pauses.length < 40; ) {
    const pauseS = pauses.at(-1) ?? 0;
    waitedS += pauseS;
    pauses.push(nextPauseS(USUAL_POLLING, pauseS, waitedS));
  }
  assert.deepEqual([...new Set(pauses.slice(0, 24))], [5]);
  assert.deepEqual(pauses.slice(24, 29), [7.5, 11.25, 16.875, 25.3125, 30]);
  assert.deepEqual([...new Set(pauses.slice(28))], [30]);
});

test("events go on where the connection broke: nothing is missed and nothing comes twice", async () => {
  const job_id = await ask<string>("add_job");
  const steps = [() => ask("begin", job_id), () => ask("progress", job_id, 10), () => ask("fail", job_id, "X")];
  const relay = await relaying({ answered: 1500 }, { answered: 1500 });
  const seen: string[] = [];
  for await (const { job } of connect(relay.url).jobs.events(job_id)) {
    seen.push(`${job.status} ${job.progress_percent}`);
    await steps.shift()?.();
  }
  assert.deepEqual(seen, ["queued 0", "processing 1", "processing 10", "failed 10"]);
  const requests = await relay.requests();
  assert.ok(requests.length > 1);
  assert.match(requests.join(""), /last-event-id: processing\.video_analysis/i);
});

test("events that were seen do not come again", async () => {
  const job_id = await ask<string>("rendered", 5);
  const [event, ...others] = await all(client.jobs.events(job_id));
  assert.deepEqual([event?.job.status, others.length], ["completed", 0]);
  assert.deepEqual(await all(client.jobs.events(job_id, { lastEventId: event?.eventId })), []);
});

test("an event stream that falls silent is made again", async () => {
  const job = { job_id: "job_a", status: "completed" };
  const silent = { body: "retry: 10\n\n", length: 100, hold_s: 5 };
  const server = await scripted(silent, { body: `retry: 10\nid: 7\ndata: ${JSON.stringify(job)}\n\n` });
  const events = await all(connect(server.url, { timeouts: { silenceS: 0.5 } }).jobs.events("job_a"));
  assert.deepEqual(events, [{ eventId: "7", job }]);
  assert.ok((await server.asked()).length >= 2);
});

test("a stream may be left before its end", async () => {
  for await (const { job } of client.jobs.events(await ask<string>("add_job"))) {
    assert.equal(job.status, "queued");
    break;
  }
});

test("there are no events of no job", async () => {
  await assert.rejects(all(client.jobs.events("job_none")), JobNotFound);
});

test("a job without a webhook has no delivery, and says so", async () => {
  const delivery = client.jobs.webhook(await ask<string>("add_job"));
  await assert.rejects(delivery, (error) => error instanceof NotFound && error.message.includes("webhook_url"));
});

test("fields and values of a later engine are taken as they are", async () => {
  const job = { job_id: "job_a", status: "paused", progress_percent: 3, current_stage: "upscaling", mood: { a: 1 } };
  const server = await scripted(success(job));
  assert.deepEqual(await connect(server.url).jobs.get("job_a"), job);
});

test("health tells of each part", async () => {
  const { status, database, networks } = await client.health();
  assert.deepEqual([status, database, networks], ["healthy", true, { beats: true }]);
});
