// Asks for the bearer token where the API wants one.

import { call } from "../api/client.js";
import { keepToken } from "../api/session.js";
import { h, newId, replace } from "../lib/dom.js";

/** The form; `done` is called once a token has been accepted. */
export function signIn({ done }) {
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
  const told = h("p", { id: problem, class: "error", role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    replace(told);
    keepToken(input.value.trim());
    try {
      await call("videos?page_size=1");
      done();
    } catch (error) {
      keepToken(null);
      replace(
        told,
        error.status === 401 ? "This token is not valid here. Check that all of it was pasted." : error.message,
      );
      input.focus();
      input.select();
    } finally {
      button.disabled = false;
    }
  };
  return h(
    "form",
    { class: "card sign-in", on: { submit } },
    h("h1", {}, "Sign in"),
    h("p", { id: hint }, "This engine is closed to strangers. Paste the token that its operator gave you."),
    h("label", { for: field }, "Token"),
    input,
    told,
    button,
    h(
      "p",
      { class: "small" },
      "The operator makes one with ",
      h("code", {}, "clipzy token NAME"),
      ". It stays in this tab, and is forgotten with it.",
    ),
  );
}
