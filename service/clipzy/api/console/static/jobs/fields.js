// The kinds of field that the job form is made of.

import { h, newId } from "../lib/dom.js";

/** A switch with a name and what it means. */
export function toggle(name, label, hint, checked = true) {
  const id = newId("hint");
  const input = h("input", { type: "checkbox", name, checked, "aria-describedby": id });
  const text = h("span", {}, h("strong", {}, label), h("span", { class: "small", id }, hint));
  return h("label", { class: "toggle" }, input, h("span", { class: "track", "aria-hidden": "true" }), text);
}

/** One of a few, side by side: options as [value, label]. */
export function choice(name, legend, options, value) {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", {}, legend),
    h(
      "div",
      { class: "segments" },
      options.map(([each, label]) =>
        h("label", {}, h("input", { type: "radio", name, value: each, checked: each === value }), h("span", {}, label)),
      ),
    ),
  );
}

/** A labelled field; `hint` stands below it. */
export function field(label, control, hint) {
  const id = newId("field");
  control.id = id;
  const hintId = hint && newId("hint");
  if (hint) control.setAttribute("aria-describedby", hintId);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint && h("span", { class: "small", id: hintId }, hint),
  );
}

/** One of several, in a list: options as [value, label]. */
export function select(name, options) {
  return h(
    "select",
    { name },
    options.map(([value, label]) => h("option", { value }, label)),
  );
}
