// Reads server-sent events out of a fetched body: EventSource cannot send a token.

/** Each event of a body as {id, retry, data}; `id` and `retry` as they last were, null before. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const state = { id: null, retry: null };
  let text = "";
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop();
      for (const line of lines) {
        if (line) take(line, state, data);
        else if (data.length) {
          yield { ...state, data: data.join("\n") };
          data = [];
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // an aborted body has nothing left to cancel
  }
}

function take(line, state, data) {
  const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line); // U+2028 ends no line here, but would to a dot
  if (field === "data") data.push(value);
  else if (field === "id") state.id = value;
  else if (field === "retry" && /^\d+$/.test(value)) state.retry = Number(value);
}
