// Shows an answer: JSON in lines, events as they come, anything else as a file to be saved.

import { h, replace } from "../lib/dom.js";
import { bytes } from "../lib/format.js";

const LONGEST = 200_000; // characters; an analysis can have millions
const KEPT_MS = 60_000;

/** Show the body of an answer in that place, all of it or as it comes. */
export async function show(response, place) {
  const kind = (response.headers.get("Content-Type") ?? "").split(";")[0];
  if (kind === "text/event-stream") await stream(response.body, place);
  else if (kind === "application/json") text(place, inLines(await response.text()));
  else if (kind.startsWith("text/")) text(place, await response.text());
  else if (kind) file(place, await response.blob(), response.headers.get("Content-Disposition"));
}

async function stream(body, place) {
  const shown = text(place, "");
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    shown.append(value);
  }
}

function text(place, content) {
  const rest = content.length > LONGEST ? `\n… and ${content.length - LONGEST} characters more` : "";
  const code = h("code", {}, content.slice(0, LONGEST), rest);
  replace(place, h("pre", { tabindex: 0 }, code));
  return code;
}

function inLines(content) {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

function file(place, blob, disposition) {
  const name = named(disposition ?? "");
  const url = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  replace(place, h("p", {}, h("a", { href: url, download: name }, `Save ${name}`), `, ${bytes(blob.size)}`));
}

// RFC 6266: the form with a star has the whole name
function named(disposition) {
  const whole = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  return whole ? decodeURIComponent(whole) : (/filename="([^"]+)"/.exec(disposition)?.[1] ?? "file");
}
