// Sends a job, and says at the form why it was not taken.

import { call } from "../api/client.js";
import { h, newId } from "../lib/dom.js";
import { ROLES } from "./draft.js";
import { read } from "./options.js";

// where a job ends that was asked for less than a video
const LAST_STAGE = { plan: "style_application", style: "style_extraction" };

/** Create the job of a draft with a form's choices; answers the address of its page. Throws ApiError, NotJson. */
export async function submit(draft, form) {
  const job = await call("jobs", { method: "POST", body: { ...draft.ids, ...(await read(form)) } });
  const until = LAST_STAGE[new FormData(form).get("result")];
  return `#/jobs/${job.job_id}${until ? `?until=${until}` : ""}`;
}

/** The video of a draft that is not there any more, where that is why the job was not taken; else null. */
export function missing(error, draft) {
  if (error.code !== "VIDEO_NOT_FOUND") return null;
  return ROLES.map((role) => draft[role]).find((video) => video && error.message.includes(video.video_id)) ?? null;
}

/** The refusal as an element; the field that it is about is marked until it is changed, and has the keyboard. */
export function refusal(error, form) {
  if (error.code === "JOB_ALREADY_PROCESSING") {
    const link = h("a", { href: `#/jobs/${error.jobId}` }, "Show it");
    return h("p", { class: "error" }, "This job is already queued or running. ", link);
  }
  const fields = error.fields.map(({ field, message }) => placed(field, message, form));
  const [control, message] = fields.find(([each]) => each?.labels) ?? [null];
  if (!control) return h("p", { class: "error" }, error.message);
  const told = toldAt(control, `${message}.`);
  told.id = newId("refusal");
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-errormessage", told.id);
  control.addEventListener("input", () => forgive(form), { once: true });
  control.focus();
  control.scrollIntoView({ block: "center" }); // the bar below it has just grown
  return told;
}

/** What the browser finds wrong in a field, as an element; what the field is folded into opens. */
export function fault(control) {
  return toldAt(control, control.validationMessage);
}

function toldAt(control, message) {
  control.closest("details")?.setAttribute("open", "");
  return h("p", { class: "error" }, `${control.labels[0].textContent.trim()}: ${message}`);
}

/** The control that a field of the request came from, and what is wrong with it; of a file with which part of it. */
function placed(field, message, form) {
  const [name, ...within] = field.replace(/^config\./, "").split(".");
  return [form.elements[name], within.length ? `${within.join(".")} ${message}` : message];
}

/** Take the marks of an earlier refusal away. */
export function forgive(form) {
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-errormessage");
  }
}
