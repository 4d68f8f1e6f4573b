// Where a job begins: two videos, what to take over, and a button.

import { call } from "../api/client.js";
import { h, replace } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { announce } from "../lib/say.js";
import { options, read } from "../jobs/options.js";
import { recent } from "../jobs/recent.js";
import { acceptDrops } from "../videos/drop-zone.js";
import { Library } from "../videos/library.js";
import { shelf } from "../videos/shelf.js";
import { slot } from "../videos/slot.js";
import { uploadRow } from "../videos/upload-row.js";

const ROLES = {
  template: { title: "Template", hint: "whose style is learnt", empty: "A finished video whose look and rhythm you like." },
  footage: { title: "Footage", hint: "which gets that style", empty: "Your own recording. Without it, only the style is read." },
};

/** The page. `query` may name `template` and `footage`. */
export async function newJob({ query, signal }) {
  const library = new Library(signal);
  await library.more();
  const chosen = { template: null, footage: null };
  const ids = () => ({ template: chosen.template?.video_id, footage: chosen.footage?.video_id });
  const uploads = h("div", { class: "uploads" });
  const start = h("button", { type: "submit", class: "primary big" }, "Start", icon("arrow"));
  const summary = h("p", { class: "summary" });
  const problem = h("div", { class: "problem", role: "alert" });

  const choose = (role, video) => {
    chosen[role] = chosen[role]?.video_id === video?.video_id ? null : video;
    draw();
    announce(video && chosen[role] ? `${video.filename} is the ${role}` : `No ${role}`);
  };
  // the first file fills the slot it was dropped on, or the first empty one; the rest go to the library
  const take = (files, role = null) => {
    for (const [number, file] of files.entries()) {
      const done = (video) => {
        library.add(video);
        const place = number === 0 ? role ?? emptySlot() : null;
        if (place) choose(place, video);
      };
      uploads.append(uploadRow(file, done));
    }
  };
  const emptySlot = () => Object.keys(ROLES).find((role) => !chosen[role]) ?? null;
  const slots = Object.fromEntries(
    Object.entries(ROLES).map(([role, texts]) => {
      const onFiles = (files) => take(files, role);
      return [role, slot({ role, ...texts, signal, onFiles, onClear: () => choose(role, chosen[role]) })];
    }),
  );
  const books = shelf({ library, chosen: ids, onChoose: choose, onFiles: (files) => take(files), signal });
  const draw = () => {
    for (const role of Object.keys(ROLES)) slots[role].set(chosen[role]);
    books.mark();
    replace(summary, sentence(chosen, new FormData(form).get("result")));
    start.disabled = !chosen.template && !chosen.footage;
    replace(problem);
  };
  // a video that was deleted is no choice any more
  library.addEventListener("change", () => {
    for (const role of Object.keys(ROLES)) if (chosen[role] && library.deleted.has(chosen[role].video_id)) chosen[role] = null;
    draw();
  });

  const submit = async (event) => {
    event.preventDefault();
    start.disabled = true;
    replace(problem);
    for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    try {
      const { template, footage } = ids();
      const body = { template_video_id: template, video_id: footage, ...read(form) };
      const job = await call("jobs", { method: "POST", body });
      const until = { plan: "style_application", style: "style_extraction" }[new FormData(form).get("result")];
      location.hash = `#/jobs/${job.job_id}${until ? `?until=${until}` : ""}`;
    } catch (error) {
      replace(problem, refusal(error, form));
      start.disabled = false;
    }
  };
  const form = h(
    "form",
    { on: { submit, change: () => draw() } },
    h("div", { class: "slots" }, slots.template.element, h("span", { class: "onto" }, icon("arrow")), slots.footage.element),
    uploads,
    books.element,
    options(),
    h("div", { class: "go" }, h("div", {}, summary, problem), start),
  );
  const page = h(
    "div",
    { class: "new-job" },
    h("div", { class: "intro" }, h("h1", {}, "Put one video’s style on another")),
    form,
    recent(signal),
  );
  acceptDrops(page, (files) => take(files));
  for (const role of Object.keys(ROLES)) {
    const id = query.get(role);
    if (id) chosen[role] = await library.find(id).catch(() => null);
  }
  draw();
  return page;
}

function sentence({ template, footage }, result) {
  const name = (video) => h("strong", {}, video.filename);
  if (template && !footage) return ["The Style DNA of ", name(template), " will be read."];
  if (footage && result === "style") return ["The Style DNA of ", name(template ?? footage), " will be read."];
  if (footage && !template) return [name(footage), " will keep its own style; its sound is levelled."];
  if (!template) return "Choose a template, footage, or both.";
  const done = result === "plan" ? " will get an edit plan in the style of " : " will be rendered in the style of ";
  return [name(footage), done, name(template), "."];
}

function refusal(error, form) {
  const job = error.code === "JOB_ALREADY_PROCESSING" && /job_[\w-]+/.exec(error.message);
  if (job) return h("p", { class: "error" }, "This very job is on its way already. ", h("a", { href: `#/jobs/${job[0]}` }, "Show it"));
  const fields = error.fields.map(({ field, message }) => [form.elements[field.split(".").at(-1)], message]);
  const [control, message] = fields.find(([each]) => each?.labels) ?? [null];
  if (!control) return h("p", { class: "error" }, error.message);
  control.closest("details")?.setAttribute("open", "");
  control.setAttribute("aria-invalid", "true");
  control.focus();
  return h("p", { class: "error" }, `${control.labels[0].textContent.trim()}: ${message}.`);
}
