// The job that is being put together: which video is the template, which the footage. Those who show it are told of changes.

import { shortened } from "../lib/shortened.js";

export const ROLES = ["template", "footage"];

/** Both videos, null where none is chosen yet. */
export class Draft extends EventTarget {
  template = null;
  footage = null;

  get isEmpty() {
    return !this.template && !this.footage;
  }

  /** The first role without a video; null when both have one. */
  get emptyRole() {
    return ROLES.find((role) => !this[role]) ?? null;
  }

  /** What the API is asked with; without a template it is to be none, whatever the footage was uploaded with. */
  get ids() {
    return { template_video_id: this.template?.video_id ?? null, video_id: this.footage?.video_id };
  }

  /** Whether a video has that role. */
  has(role, videoId) {
    return this[role]?.video_id === videoId;
  }

  /** Give a role to a video, or to none (null). */
  set(role, video) {
    this[role] = video;
    this.dispatchEvent(new Event("change"));
  }

  /** What will be done with them, as a sentence, by the form's choices: what to make, and whether there is a file with a style. */
  sentence({ result, hasStyle }) {
    const { template, footage } = this;
    const name = (video) => shortened("strong", {}, video.filename);
    if (this.isEmpty) return "Choose a template, footage, or both.";
    if (!footage || result === "style") return ["The Style DNA of ", name(template ?? footage), " will be read."];
    if (!template && !hasStyle) return [name(footage), " will keep its own style; its sound is levelled."];
    const done = result === "plan" ? " will get an edit plan in the style of " : " will be rendered in the style of ";
    return [name(footage), done, template ? name(template) : "the file", "."];
  }
}
