/** Server-sent events out of bytes, however they are cut. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventReader } from "#dist/event-stream.js";

const STREAM = new TextEncoder().encode(
  ': a comment\r\nretry: 2000\r\nid: 1\r\ndata: {"a":\r\ndata: "\u2028"}\r\n\r\n' +
    "data:second\n\nevent: other\nid: 3\r\rid: 4\rdata: third\r\rdata: never ended",
);
const EVENTS = [
  { eventId: "1", data: '{"a":\n"\u2028"}' },
  { eventId: "1", data: "second" },
  { eventId: "4", data: "third" },
];

for (const size of [1, 2, 3, 7, 1000]) {
  test(`events are the same in pieces of ${size} bytes, and half an event is none`, () => {
    const reader = new EventReader();
    const seen = [];
    for (let at = 0; at < STREAM.length; at += size) seen.push(...reader.feed(STREAM.subarray(at, at + size)));
    assert.deepEqual(seen, EVENTS);
    assert.equal(reader.retryS, 2);
  });
}

test("the last id goes on over a new connection", () => {
  const events = [...new EventReader("7").feed(new TextEncoder().encode("data: a\n\n"))];
  assert.deepEqual(events, [{ eventId: "7", data: "a" }]);
});

test("fields that are not known, ids with zeros and pauses that are none are passed over", () => {
  const reader = new EventReader("7");
  const events = [...reader.feed(new TextEncoder().encode("id: a\0b\nretry: soon\nfoo\n:\ndata\n\n"))];
  assert.deepEqual(events, [{ eventId: "7", data: "" }]);
  assert.equal(reader.retryS, undefined);
});
