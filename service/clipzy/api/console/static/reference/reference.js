// Brings the reference's forms to life: what is filled in goes to the engine beside which the page lies.

import { ROOT } from "../api/client.js";
import { credentials, keepToken, token } from "../api/session.js";
import { h, replace } from "../lib/dom.js";
import { asked } from "./asked.js";
import { show } from "./answer.js";

for (const origin of document.querySelectorAll(".origin")) origin.textContent = ROOT.href.replace(/\/$/, "");
for (const form of document.querySelectorAll(".try form")) enliven(form);
for (const hidden of document.querySelectorAll(".try, .token")) hidden.hidden = false;

const field = document.getElementById("token");
field.value = token() ?? "";
field.addEventListener("input", () => keepToken(field.value.trim()));
field.form.addEventListener("submit", (event) => event.preventDefault());

/** Let a form send what is in it, and stop what has not ended yet. */
function enliven(form) {
  const send = form.querySelector("button");
  const told = form.querySelector(".told");
  const place = h("div", { class: "answer" });
  let sending = null;
  told.after(place);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) {
      sending.abort();
      return;
    }
    sending = new AbortController();
    send.textContent = "Stop";
    replace(place);
    told.textContent = "Asking…";
    try {
      const { url, options } = asked(form, ROOT);
      const began = performance.now();
      const headers = { ...options.headers, ...credentials() };
      const response = await fetch(url, { ...options, headers, signal: sending.signal, cache: "no-store" });
      const took = Math.round(performance.now() - began);
      told.textContent = `${response.status} ${response.statusText} after ${took} ms, ${response.headers.get("X-Request-ID")}`;
      await show(response, place);
    } catch (error) {
      told.textContent = error.name === "AbortError" ? "Stopped" : "The engine does not answer, or the connection broke.";
    } finally {
      sending = null;
      send.textContent = "Send";
    }
  });
}
