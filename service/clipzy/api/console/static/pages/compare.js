// Two styles side by side, and how far they are apart.

import { call } from "../api/client.js";
import { h } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { scrolling, tableHead } from "../lib/table.js";
import { namesOf } from "../jobs/names.js";
import { purpose } from "../jobs/words.js";
import { toneCurve } from "../style/colour.js";
import { title as confidenceWord } from "../style/confidence.js";
import { difference } from "../style/difference.js";
import { shareTrack } from "../style/meters.js";
import { thumbnail } from "../videos/thumbnail.js";

/** The page of two jobs. */
export async function compare({ ids, signal }) {
  const results = await Promise.all(ids.map((id) => call(`jobs/${id}/result`, { signal })));
  const names = await namesOf(results, signal);
  const styles = results.map((result) => result.style_json);
  if (styles.includes(null)) {
    return [h("h1", {}, "Two styles"), h("p", { class: "error" }, "One of these jobs ended before its style was extracted.")];
  }
  return h(
    "div",
    { class: "compare narrow" },
    h("a", { class: "back", href: `#/jobs/${ids[0]}` }, "Back to the job"),
    h("h1", {}, "Two styles"),
    h(
      "div",
      { class: "two" },
      results.map((result, index) => side(result, names, "AB"[index], signal)),
    ),
    difference(...styles).map(group),
  );
}

function side(result, names, letter, signal) {
  const { style_json: style } = result;
  const videoId = result.template_video_id ?? result.video_id;
  const isThere = names[videoId] !== undefined;
  return h(
    "section",
    { class: "card side-card", "aria-label": `Style ${letter}` },
    thumbnail(isThere ? videoId : null, signal),
    h(
      "div",
      {},
      h("span", { class: "letter", data: { letter } }, letter),
      h(
        "strong",
        {},
        h("a", { href: `#/jobs/${result.job_id}` }, isThere ? names[videoId] : purpose(result, names).title),
      ),
      h(
        "span",
        { class: "small" },
        `${confidenceWord(style.extraction_confidence)}, ${percent(style.extraction_confidence)}`,
      ),
    ),
    toneCurve(style.color_grade),
  );
}

function group({ title, rows }) {
  return h(
    "section",
    { class: "card" },
    scrolling(
      `Table of ${title.toLowerCase()}`,
      h(
        "table",
        { class: "differences" },
        h("caption", {}, title),
        tableHead(["", "A", "B", "Apart"]),
        h("tbody", {}, rows.map(row)),
      ),
    ),
  );
}

function row({ name, a, b, distance }) {
  const far = distance < 0.005 ? "same" : percent(distance);
  return h(
    "tr",
    { class: distance < 0.005 ? "same" : null },
    h("th", { scope: "row" }, name),
    h("td", {}, a),
    h("td", {}, b),
    h("td", { class: "apart" }, shareTrack(distance), h("span", {}, far)),
  );
}
