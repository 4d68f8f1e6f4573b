// Dialogs: a question before something is lost, and text to be copied by hand.

import { h, newId } from "./dom.js";

/** Ask; true when the answer is `action`. Escape and the first button are a no. */
export function confirmed({ title, text, action }) {
  return new Promise((resolve) => {
    const dialog = framed(title, h("p", {}, text), [
      h("button", { type: "submit", value: "no" }, "Keep it"),
      h("button", { type: "submit", value: "yes", class: "danger" }, action),
    ]);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

/** Show text that the browser would not let us copy, selected. */
export function showText(title, text) {
  const area = h("textarea", { readonly: true, rows: 12, "aria-label": title }, text);
  const dialog = framed(title, area, [h("button", { type: "submit", value: "no" }, "Close")]);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  area.select();
}

function framed(title, content, buttons) {
  const id = newId("dialog");
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id }, title),
    content,
    h("div", { class: "buttons end" }, buttons),
  );
  const dialog = h("dialog", { "aria-labelledby": id }, form);
  // form-action 'none' forbids even method=dialog in some browsers
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close(event.submitter?.value ?? "no");
  });
  document.body.append(dialog);
  return dialog;
}
