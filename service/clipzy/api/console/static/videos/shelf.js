// The library as cards: each video can be taken as template or footage, or deleted.

import { arrange, h, newId } from "../lib/dom.js";
import { confirmed } from "../lib/dialog.js";
import { focusOn } from "../lib/focus.js";
import { counted } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { announce, complain } from "../lib/say.js";
import { shortened } from "../lib/shortened.js";
import { fileButton } from "./drop-zone.js";
import { facts } from "./facts.js";
import { thumbnail } from "./thumbnail.js";

/** The section of a Library, which gives a Draft its videos. */
export function shelf({ library, draft, onFiles, signal }) {
  const id = newId("shelf");
  const title = h("h2", { id }, "Your videos");
  const cards = h("ul", { class: "cards" });
  const count = h("span", { class: "small" });
  const empty = h("p", { class: "empty" }, "Nothing here yet. Uploads stay here and can be used again.");
  const more = h("button", { type: "button", class: "wide" }, "Show more");
  const known = new Map(); // cards are kept, so that pictures and the keyboard's place are
  const draw = () => {
    const ids = new Set(library.videos.map((video) => video.video_id));
    for (const key of known.keys()) if (!ids.has(key)) known.delete(key);
    for (const video of library.videos) {
      if (!known.has(video.video_id)) known.set(video.video_id, card(video, { library, draft, signal }));
    }
    const held = cards.contains(document.activeElement) ? document.activeElement : null;
    const at = [...cards.children].indexOf(held?.closest("li"));
    arrange(
      cards,
      library.videos.map((video) => known.get(video.video_id).element),
    );
    if (held?.isConnected) held.focus({ preventScroll: true });
    else if (held) focusOn((cards.children[at] ?? cards.lastElementChild)?.querySelector(".square") ?? title);
    count.textContent = library.total ? counted(library.total, "video") : "";
    empty.hidden = library.total > 0;
    more.hidden = !library.hasMore;
    mark();
  };
  const mark = () => {
    for (const each of known.values()) each.mark();
  };
  more.addEventListener("click", () => library.more().catch((error) => signal.aborted || complain(error)));
  library.addEventListener("change", draw, { signal });
  draft.addEventListener("change", mark, { signal });
  draw();
  const upload = fileButton({ label: "Upload", onFiles, multiple: true, name: "library" });
  const header = h("header", {}, title, count, upload);
  return h("section", { class: "shelf", "aria-labelledby": id }, header, empty, cards, more);
}

function card(video, { library, draft, signal }) {
  const buttons = Object.fromEntries(
    ["template", "footage"].map((role) => {
      const name = `Use ${video.filename} as ${role}`;
      const on = { click: () => choose(draft, role, video) };
      const label = role === "template" ? "Template" : "Footage";
      return [
        role,
        h("button", { type: "button", "aria-pressed": "false", "aria-label": name, title: name, on }, label),
      ];
    }),
  );
  const bin = h(
    "button",
    { type: "button", class: "quiet square", "aria-label": `Delete ${video.filename}`, title: "Delete" },
    icon("bin"),
  );
  bin.addEventListener("click", () => remove(video, library));
  const element = h(
    "li",
    { class: "card video", data: { video: video.video_id } },
    thumbnail(video.video_id, signal),
    h(
      "div",
      { class: "video-about" },
      shortened("strong", {}, video.filename),
      h("span", { class: "small" }, facts(video)),
      h("div", { class: "video-acts" }, h("div", { class: "pair-of-buttons" }, buttons.template, buttons.footage), bin),
    ),
  );
  const mark = () => {
    for (const [role, button] of Object.entries(buttons)) {
      button.setAttribute("aria-pressed", draft.has(role, video.video_id));
    }
  };
  return { element, mark };
}

/** Give the role to the video, or take it from it again. */
function choose(draft, role, video) {
  const isChosen = !draft.has(role, video.video_id);
  draft.set(role, isChosen ? video : null);
  announce(isChosen ? `${video.filename} is the ${role}` : `No ${role}`);
}

async function remove(video, library) {
  const yes = await confirmed({
    title: `Delete ${video.filename}?`,
    text: "The file is removed from the engine for good. Results of jobs that used it stay.",
    action: "Delete",
  });
  if (!yes) return;
  try {
    await library.remove(video.video_id);
    announce(`${video.filename} is deleted`);
  } catch (error) {
    if (error.code !== "VIDEO_IN_USE") complain(error);
    else complain({ message: `${video.filename} cannot be deleted: a job still uses it.`, jobId: error.jobId });
  }
}
