/** Retries, errors and what the client sends with every request. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ApiError,
  type Client,
  ClipzyError,
  ConnectionFailed,
  FileTooLarge,
  Forbidden,
  InvalidRequest,
  QueueFull,
  RateLimited,
  ServiceUnavailable,
  Unauthorized,
  UnexpectedAnswer,
  USUAL_RETRIES,
  VERSION,
  VideoNotFound,
} from "clipzy-client";
import { retryAfterS } from "#dist/answers.js";
import { errorClass } from "#dist/errors.js";
import { awayPauseS, retryPauseS } from "#dist/settings.js";

import { ask, connect, HEALTHY, nobody, refusal, type Say, scripted, success } from "./bridge.mjs";

test("a refusal for the moment is asked again, as late as Retry-After says, under the same request id", async () => {
  const server = await scripted(
    refusal(503, "SERVICE_UNAVAILABLE", { "Retry-After": "1" }),
    refusal(429, "RATE_LIMITED"),
    HEALTHY,
  );
  const began = performance.now();
  assert.equal((await connect(server.url).health()).version, "9");
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds >= 0.99 && seconds < 10, `${seconds} s`);
  const asked = await server.asked();
  assert.equal(asked.length, 3);
  assert.equal(new Set(asked.map(({ headers }) => headers["x-request-id"])).size, 1);
});

/** What may not be done twice, by name. */
const onceOnly = ({ jobs, videos }: Client): Record<string, () => Promise<unknown>> => ({
  "cancel": () => jobs.cancel("job_a"),
  "delete a job": () => jobs.delete("job_a"),
  "delete a video": () => videos.delete("vid_a"),
  "upload": () => videos.upload(new File(["a video"], "a.mp4")),
});

for (const said of [...[502, 503, 504].map((status): Say => ({ status, body: "<html>nginx</html>" })), refusal(503, "SERVICE_UNAVAILABLE")]) {
  const whose = typeof said.body === "string" ? "a proxy's" : "the engine's own";
  test(`where nobody knows what the engine has done only the repeatable is asked again: ${whose} ${said.status}`, async () => {
    assert.equal((await connect((await scripted(said, HEALTHY)).url).health()).version, "9");
    const creating = await scripted(said, refusal(409, "JOB_ALREADY_PROCESSING"));
    await assert.rejects(connect(creating.url).jobs.create({ video_id: "vid_a" }), { code: "JOB_ALREADY_PROCESSING" });
    assert.equal(new Set((await creating.asked()).map(({ headers }) => headers["idempotency-key"])).size, 1);
    for (const name of Object.keys(onceOnly(connect()))) {
      const server = await scripted(said);
      await assert.rejects(onceOnly(connect(server.url))[name]!(), { status: said.status });
      assert.equal((await server.asked()).length, 1, name);
    }
  });
}

for (const said of [{ status: 429, body: "slow down" }, refusal(429, "RATE_LIMITED"), refusal(503, "QUEUE_FULL")]) {
  test(`what was refused before anything was done is asked again whatever it is: ${JSON.stringify(said.body)}`, async () => {
    for (const name of Object.keys(onceOnly(connect()))) {
      const server = await scripted(said, refusal(404, "NOT_FOUND"));
      await assert.rejects(onceOnly(connect(server.url))[name]!(), { code: "NOT_FOUND" });
      assert.equal((await server.asked()).length, 2, name);
    }
  });
}

test("the engine is not asked for ever: three retries, then its own error", async () => {
  const server = await scripted(refusal(503, "QUEUE_FULL", { "Retry-After": "0" }));
  await assert.rejects(connect(server.url).jobs.create({ video_id: "vid_a" }), (error) => {
    assert.ok(error instanceof QueueFull);
    assert.deepEqual([error.name, error.status, error.retryAfterS, error.message], ["QueueFull", 503, 0, "not now"]);
    return true;
  });
  const asked = await server.asked();
  assert.equal(asked.length, 4);
  assert.equal(new Set(asked.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("a Retry-After of hours is not waited for", async () => {
  const server = await scripted(refusal(503, "SERVICE_UNAVAILABLE", { "Retry-After": "7200" }));
  await assert.rejects(
    connect(server.url).health(),
    (error) => error instanceof ServiceUnavailable && error.retryAfterS === 7200,
  );
  assert.equal((await server.asked()).length, 1);
});

for (const [status, code] of [[500, "INTERNAL_ERROR"], [507, "INSUFFICIENT_STORAGE"], [409, "NEW_ONE"]] as const) {
  test(`${status} ${code} is final, and of a class of its own`, async () => {
    const server = await scripted(refusal(status, code));
    await assert.rejects(connect(server.url).health(), (error) => {
      assert.ok(error instanceof errorClass(code, status) && error.constructor !== ApiError);
      assert.deepEqual([error.code, error.status], [code, status]);
      return true;
    });
    assert.equal((await server.asked()).length, 1);
  });
}

test("nobody there is told after the retries, with the id that was sent", async () => {
  await assert.rejects(connect(await nobody()).health(), (error) => {
    assert.ok(error instanceof ConnectionFailed);
    assert.match(error.message, /127\.0\.0\.1:\d+.*ECONNREFUSED/);
    assert.match(error.requestId ?? "", /^req_/);
    assert.deepEqual([error.code, error.status, error.fields], ["CONNECTION_FAILED", undefined, []]);
    return true;
  });
});

test("an engine that does not answer in time is asked again, then given up", async () => {
  const server = await scripted({ length: 10, hold_s: 5 });
  const client = connect(server.url, { timeouts: { answerS: 0.05 }, retries: { most: 1, firstS: 0.01 } });
  await assert.rejects(client.health(), (error) => {
    assert.ok(error instanceof ConnectionFailed);
    return /nothing came for 0\.05 s/.test(error.message);
  });
  assert.equal((await server.asked()).length, 2);
});

const STRANGERS: Record<string, Say> = {
  page: { body: "<html>hello</html>" },
  gateway: { status: 502, body: "<html>bad gateway</html>" },
  json: { body: { fine: true } },
  list: { status: 404, body: [1, 2] },
  redirect: { status: 302, headers: { Location: "/login" } },
  "no data": success(null),
};
for (const [name, answer] of Object.entries(STRANGERS)) {
  test(`what is not the engine is told apart: ${name}`, async () => {
    const server = await scripted(answer);
    await assert.rejects(connect(server.url).health(), (error) => {
      assert.ok(error instanceof UnexpectedAnswer);
      assert.equal(error.status, answer.status ?? 200);
      return /is the base URL right/.test(error.message);
    });
  });
}

test("a proxy that takes no file of this size says so", async () => {
  const server = await scripted({ status: 413, body: "<html>413 Request Entity Too Large</html>" });
  const upload = connect(server.url).videos.upload(new File(["abc"], "a.mp4"));
  await assert.rejects(upload, (error) => error instanceof FileTooLarge && /a proxy takes no file of this size/.test(error.message));
});

test("a token opens the engine: none, a strange one and one that may only read are three answers", async () => {
  const [writing, first] = await ask<[string, string]>("token", "write");
  const [reading, second] = await ask<[string, string]>("token", "read");
  const { url } = await ask<{ url: string }>("own_service", { api_tokens: `${first},${second}` });
  await assert.rejects(connect(url).jobs.list(), Unauthorized);
  await assert.rejects(connect(url, { token: "clipzy_strange" }).jobs.list(), Unauthorized);
  assert.equal((await connect(url, { token: reading }).jobs.list()).total, 0);
  await assert.rejects(connect(url, { token: reading }).jobs.create({ video_id: "vid_a" }), Forbidden);
  await assert.rejects(connect(url, { token: writing }).jobs.create({ video_id: "vid_a" }), VideoNotFound);
});

test("a token is sent without the line end of its file, an empty one not at all; one that no header can hold is not shown", async () => {
  const server = await scripted(HEALTHY);
  const sent = [["clipzy_abc\n", "Bearer clipzy_abc"], ["", undefined]] as const;
  for (const [token, header] of sent) {
    await connect(server.url, { token }).health();
    assert.equal((await server.asked()).at(-1)?.headers["authorization"], header);
  }
  assert.throws(
    () => connect(server.url, { token: "clipzy_secret\nX: 1" }),
    (error) => error instanceof TypeError && /one word/.test(error.message) && !/secret/.test(error.message),
  );
});

test("a caller in a hurry is slowed down, and passes after the second that the engine asks for", async () => {
  const { url } = await ask<{ url: string }>("own_service", { rate_limit_per_minute: 60 });
  const hasty = connect(url, { retries: { most: 0 } });
  await assert.rejects(
    async () => { for (;;) await hasty.jobs.list(); },
    (error) => error instanceof RateLimited && error.retryAfterS === 1,
  );
  assert.equal((await connect(url).jobs.list()).total, 0);
});

test("every code of the engine has a class of its own, at the same place in its tree", async () => {
  const codes = await ask<Record<string, number>>("codes");
  const statusOnly = (status: number) => errorClass("NEW_ONE", status);
  for (const [code, status] of Object.entries(codes)) {
    const error = new (errorClass(code, status))("", { code, status });
    assert.ok(error instanceof ClipzyError);
    assert.equal(error.name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(), code.replace("VALIDATION_ERROR", "INVALID_REQUEST"));
    if (statusOnly(status) !== ApiError && ![429, 503].includes(status)) assert.ok(error instanceof statusOnly(status), code);
  }
});

test("what goes with every request; a base URL is taken with its slash, its path or the API's own", async () => {
  const server = await scripted(HEALTHY);
  for (const [ending, path] of [["", ""], ["/", ""], ["/api/v1", ""], ["/behind/a/proxy/", "/behind/a/proxy"]]) {
    await connect(server.url + ending, { token: "clipzy_t" }).health();
    const asked = (await server.asked()).at(-1);
    assert.equal(asked?.path, `${path}/api/v1/health`);
    assert.equal(asked.headers["user-agent"], `clipzy-client-js/${VERSION}`);
    assert.equal(asked.headers["authorization"], "Bearer clipzy_t");
  }
});

for (const url of ["localhost:8000", "ftp://a", "http://", "", "http://ann@a", "http://ann:s3cret@a", "http://ann:s3cret/@a", "ann:s3cret@a"]) {
  test(`a base URL that is none, or holds a password, is refused before anything is asked, and not shown: ${JSON.stringify(url)}`, () => {
    assert.throws(() => connect(url), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /such as http:\/\/localhost:8000,/);
      assert.doesNotMatch(`${error.stack}${String(error.cause)}`, /ann|s3cret/);
      return true;
    });
  });
}

for (const name of ["", ".", "..", "a/b", "a?b#c", "ä %2F"]) {
  test(`an id stays one step of the path: ${JSON.stringify(name)}`, async () => {
    const server = await scripted(refusal(404, "JOB_NOT_FOUND"));
    await assert.rejects(connect(server.url).jobs.get(name));
    for (const { path } of await server.asked()) {
      assert.equal(path.split("/").length, 5);
      assert.ok(!path.includes("?"));
    }
  });
}

test("a call that is called off ends with the signal's own reason: before, while waiting for an answer, between tries", async () => {
  const server = await scripted(refusal(503, "SERVICE_UNAVAILABLE", { "Retry-After": "30" }));
  const reason = new Error("enough");
  await assert.rejects(connect(server.url).health({ signal: AbortSignal.abort(reason) }), reason);
  assert.equal((await server.asked()).length, 0);
  const silent = await scripted({ length: 10, hold_s: 5 });
  for (const { url } of [server, silent]) {
    const stop = new AbortController();
    setTimeout(() => { stop.abort(reason); }, 50);
    await assert.rejects(connect(url).health({ signal: stop.signal }), reason);
  }
});

test("a fetch of the caller's own is asked in place of the platform's", async () => {
  const sent: string[] = [];
  const client = connect("http://engine.example", {
    fetch: async (url, { body, headers }) => {
      const size = body ? (await new Response(body).arrayBuffer()).byteLength : 0;
      sent.push(`${url} ${size === Number(new Headers(headers).get("Content-Length"))}`);
      return Response.json(HEALTHY.body);
    },
  });
  assert.equal((await client.health()).version, "9");
  await client.videos.upload(new File(["a video"], "a.mp4"));
  assert.deepEqual(sent, [
    "http://engine.example/api/v1/health true",
    "http://engine.example/api/v1/videos/upload true",
  ]);
});

test("pauses double up to a bound with jitter, are never earlier than asked for, and end", () => {
  const retries = { ...USUAL_RETRIES, most: 6 };
  const longest = [0, 1, 2, 3, 4, 5, 6].map((count) => retryPauseS(retries, count, undefined, 1));
  assert.deepEqual(longest, [0.5, 1, 2, 4, 8, 8, undefined]);
  assert.deepEqual([retryPauseS(retries, 3, undefined, 0), retryPauseS(retries, 3, 10, 0)], [0, 10]);
  assert.equal(retryPauseS(retries, 0, 10, 1), 10.5);
  assert.equal(retryPauseS(retries, 0, 61), undefined);
});

test("pauses while the engine is away go on where the retries ended: half a minute, after which it is given up", () => {
  const pauses = [1, 2, 3, 4, 5].map((missed) => awayPauseS(USUAL_RETRIES, missed, 0, 0));
  assert.deepEqual(pauses, [4, 8, 8, 8, undefined]);
  assert.equal(awayPauseS(USUAL_RETRIES, 1, 10, 0), 14);
  assert.equal(awayPauseS(USUAL_RETRIES, 1, 61), undefined);
});

test("Retry-After is a number or a date; what is neither asks for nothing", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const cases: [string | null, number | undefined][] = [
    [null, undefined],
    ["7", 7],
    ["Sat, 31 Jan 2026 12:00:30 GMT", 30],
    ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["-1", undefined],
  ];
  for (const [header, seconds] of cases) assert.equal(retryAfterS(header, now), seconds, String(header));
});

test("a validation error is an InvalidRequest with the engine's code", async () => {
  await assert.rejects(
    connect().jobs.list({ page: 0 }),
    (error) => error instanceof InvalidRequest && error.code === "VALIDATION_ERROR",
  );
});
