// Asks for the bearer token where the API wants one.

import { call } from "../api/client.js";
import { keepToken } from "../api/session.js";
import { h, newId, replace } from "../lib/dom.js";

const TOKEN = /^[!-~]+$/; // a browser sends nothing with any other sign in it

/** The form; `why`: what became of an earlier token, null without one; `done` is called once a token has been accepted. */
export function signIn({ why = null, done }) {
  const [field, hint, problem] = [newId("token"), newId("hint"), newId("problem")];
  const input = h("input", {
    id: field,
    type: "password",
    autocomplete: "current-password",
    spellcheck: "false",
    required: true,
    autofocus: true,
    "aria-describedby": `${hint} ${problem}`,
  });
  const told = h("p", { id: problem, class: "error", role: "alert" }, why);
  const button = h("button", { type: "submit", class: "primary" }, "Sign in");
  const refuse = (why) => {
    replace(told, why);
    input.focus();
    input.select();
  };
  const submit = async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!TOKEN.test(text)) {
      refuse("This is not a token. Check that all of it was pasted, and nothing else.");
      return;
    }
    button.disabled = true;
    replace(told);
    try {
      await call("videos?page_size=1", { trying: text });
      keepToken(text);
      done();
    } catch (error) {
      refuse(error.status === 401 ? "This token is not valid here. Check that all of it was pasted." : error.message);
    } finally {
      button.disabled = false;
    }
  };
  return h(
    "form",
    { class: "card sign-in", on: { submit } },
    h("h1", {}, "Sign in"),
    h("p", { id: hint }, "This engine requires a token. Paste the one that its operator gave you."),
    h("label", { for: field }, "Token"),
    input,
    told,
    button,
    h(
      "p",
      { class: "small" },
      "The operator makes one with ",
      h("code", {}, "clipzy token NAME"),
      ". It stays in this tab and is forgotten with it.",
    ),
  );
}
