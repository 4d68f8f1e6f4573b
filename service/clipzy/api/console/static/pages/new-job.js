// Where a job begins: two videos, what to apply, and a button.

import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { announce } from "../lib/say.js";
import { choices, leave } from "../jobs/desk.js";
import { ROLES } from "../jobs/draft.js";
import { recent } from "../jobs/recent.js";
import { fault, forgive, missing, refusal, submit } from "../jobs/submission.js";
import { acceptDrops } from "../videos/drop-zone.js";
import { Library } from "../videos/library.js";
import { shelf } from "../videos/shelf.js";
import { slot } from "../videos/slot.js";
import { uploads } from "../videos/uploads.js";

const TEXTS = {
  template: {
    title: "Template",
    hint: "whose style is learnt",
    empty: "A finished video whose look and rhythm you like.",
  },
  footage: {
    title: "Footage",
    hint: "which gets that style",
    empty: "Your own recording. Without it, only the style is read.",
  },
};

/** The page. `query` may name `template` and `footage`. */
export async function newJob({ query, signal }) {
  const library = new Library(signal);
  uploads.addEventListener("done", ({ detail }) => library.add(detail), { signal });
  await library.more();
  const chosen = choices({ afresh: ROLES.some((role) => query.get(role)) });
  const { draft } = chosen;
  for (const role of ROLES) {
    const videoId = draft[role]?.video_id ?? query.get(role); // one that was chosen earlier may be deleted by now
    if (videoId) draft.set(role, await library.find(videoId).catch(noneWhere404));
  }
  const take = (files, role) => receive(files, role, draft);
  const books = shelf({ library, draft, onFiles: (files) => take(files), signal });
  const parts = [places(draft, take, signal), uploads.element, books, chosen.options];
  const form = formOf(chosen, { parts, onGone: (video) => library.miss(video.video_id), signal });
  const intro = h("div", { class: "intro" }, h("h1", {}, "Put one video’s style on another"));
  const page = h("div", { class: "new-job" }, intro, form, recent(signal));
  acceptDrops(page, (files) => take(files));
  // a video that was deleted is no choice any more
  library.addEventListener("change", () => {
    for (const role of ROLES) if (library.deleted.has(draft[role]?.video_id)) draft.set(role, null);
  });
  return page;
}

function noneWhere404(error) {
  if (error.status !== 404) throw error;
  return null;
}

/** Upload files into the library; the first one also gets the role it was dropped on, or the first that is free. */
function receive(files, role, draft) {
  for (const [number, file] of files.entries()) {
    uploads.start(file, (video) => {
      const place = number === 0 ? (role ?? draft.emptyRole) : null;
      if (place) draft.set(place, video);
    });
  }
}

/** The places of both videos, which follow the draft. */
function places(draft, take, signal) {
  const [template, footage] = ROLES.map((role) => {
    const onClear = () => {
      draft.set(role, null);
      announce(`No ${role}`);
    };
    const place = slot({ role, ...TEXTS[role], onFiles: (files) => take(files, role), onClear, signal });
    draft.addEventListener("change", () => place.set(draft[role]), { signal });
    place.set(draft[role]);
    return place.element;
  });
  return h("div", { class: "slots" }, template, h("span", { class: "onto" }, icon("arrow")), footage);
}

function deletedMeanwhile(video) {
  return h("p", { class: "error" }, `${video.filename} was deleted meanwhile. Choose another video.`);
}

function isFirstFault(control, form) {
  return control === [...form.elements].find((each) => each.willValidate && !each.validity.valid);
}

/** The form of choices around its parts, with what it will do and the button that does it. `onGone` is given a video that was deleted elsewhere. */
function formOf(chosen, { parts, onGone, signal }) {
  const { draft } = chosen;
  const start = h("button", { type: "submit", class: "primary big" }, "Start", icon("arrow"));
  const summary = h("p", { class: "summary" });
  const problem = h("div", { class: "problem", role: "alert" });
  const form = h("form", {}, parts, h("div", { class: "go" }, h("div", {}, summary, problem), start));
  const draw = () => {
    const values = new FormData(form);
    replace(summary, draft.sentence({ result: values.get("result"), hasStyle: values.get("style").size > 0 }));
    start.disabled = draft.isEmpty;
    replace(problem);
  };
  form.addEventListener("change", draw);
  draft.addEventListener("change", draw, { signal });
  // after these events the browser goes to the first fault, where that can be seen
  form.addEventListener("invalid", ({ target }) => isFirstFault(target, form) && replace(problem, fault(target)), {
    capture: true,
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    start.disabled = true;
    replace(problem);
    forgive(form);
    try {
      const address = await submit(draft, form);
      leave(chosen);
      location.hash = address;
    } catch (error) {
      const gone = missing(error, draft);
      if (gone) onGone(gone);
      else start.disabled = false;
      replace(problem, gone ? deletedMeanwhile(gone) : refusal(error, form));
      // it lost the keyboard while it was disabled; a field that is refused has it by now
      if ([document.body, start].includes(document.activeElement)) start.focus();
    }
  });
  draw();
  return form;
}
