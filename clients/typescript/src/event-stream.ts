/** Reads server-sent events out of bytes as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

/** `eventId`: the last id that was named, empty where there was none. */
export interface ServerSentEvent {
  readonly eventId: string;
  readonly data: string;
}

/**
 * Takes the bytes of one stream.
 *
 * `retryS`: what the server asked to wait before connecting again; undefined without. `isAlive`: whether an event came, or a comment,
 * with which servers show that they live while there is nothing to tell.
 */
export class EventReader {
  retryS: number | undefined;
  isAlive = false;
  #eventId: string;
  #data: string[] = [];
  #rest = "";
  // ignores a byte order mark at the start, and puts characters together that were cut
  readonly #decoder = new TextDecoder();

  constructor(lastEventId = "") {
    this.#eventId = lastEventId;
  }

  /** The events that are complete with this piece. */
  *feed(piece: Uint8Array): Generator<ServerSentEvent, void, undefined> {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    for (;;) {
      // nothing else ends a line: U+2028 may stand in JSON; a CR at the end may be the first half of a line end
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (end === null) return;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const event = this.#line(line);
      if (event !== undefined) yield event;
    }
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === "") {
      const data = this.#data;
      this.#data = [];
      this.isAlive ||= data.length > 0;
      return data.length > 0 ? { eventId: this.#eventId, data: data.join("\n") } : undefined;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "") this.isAlive = true;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#eventId = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryS = Number(value) / 1000;
    return undefined;
  }
}
