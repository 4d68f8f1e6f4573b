// Starts the console: finds out whether a token is wanted, then shows the page that the address names.

import { keepToken, session, token } from "./api/session.js";
import { clear } from "./jobs/desk.js";
import { h, replace } from "./lib/dom.js";
import { announce, hush } from "./lib/say.js";
import { leaveScroll, restoreScroll, watchScroll } from "./lib/scroll.js";
import { compare } from "./pages/compare.js";
import { job } from "./pages/job.js";
import { jobs } from "./pages/jobs.js";
import { newJob } from "./pages/new-job.js";
import { signIn } from "./pages/sign-in.js";
import { refuseStrayDrops } from "./videos/drop-zone.js";
import { uploads } from "./videos/uploads.js";
import { watchEngine } from "./engine.js";

const PAGES = [
  { pattern: /^\/$/, name: "new", title: "New job", show: newJob },
  { pattern: /^\/jobs$/, name: "jobs", title: "Jobs", show: jobs },
  { pattern: /^\/jobs\/([\w-]+)$/, name: "jobs", title: "Job", show: job },
  { pattern: /^\/compare\/([\w-]+)\/([\w-]+)$/, name: "jobs", title: "Two styles", show: compare },
];

const main = document.getElementById("main");
const signOut = document.getElementById("sign-out");
const SLOW_MS = 400; // what comes sooner needs no word

let leaving = new AbortController();

/** Show what the address names; what the page before was doing ends. */
async function route() {
  leaving.abort();
  leaving = new AbortController();
  leaveScroll();
  const { signal } = leaving;
  const [path, query] = (location.hash.slice(1) || "/").split("?");
  const page = PAGES.find(({ pattern }) => pattern.test(path));
  mark(page?.name);
  signOut.hidden = !token();
  if (!page) {
    present("Not found", nothing());
    return;
  }
  const ids = page.pattern.exec(path).slice(1);
  let name = page.title;
  const call = (own) => {
    name = own;
    if (!signal.aborted) title(own);
  };
  const slow = setTimeout(() => signal.aborted || wait(), SLOW_MS);
  try {
    const content = await page.show({ ids, query: new URLSearchParams(query), signal, title: call });
    if (!signal.aborted) present(name, content);
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    clearTimeout(slow);
  }
}

function fail(error) {
  if (error.status === 404) {
    present("Not found", nothing(error.message));
    return;
  }
  if (!error.status && error.name !== "ApiError") console.error(error);
  const again = h("p", {}, h("button", { type: "button", on: { click: route } }, "Try again"));
  present("Something went wrong", notice("That did not work", error.message, again));
}

/** Ask for a token, in place of what is shown: whoever signs in comes back to it, choices and uploads included. */
function ask({ hadToken }) {
  leaving.abort();
  if (main.querySelector(".sign-in")) return; // it may be half filled in
  signOut.hidden = true;
  const why = hadToken ? "Your token is not valid here any more. Sign in again to go on." : null;
  present("Sign in", signIn({ why, done: route }));
  leaveScroll(); // what is kept is where the page was that is come back to
}

/** What to say where there is nothing: why, in the engine's words, and where to go instead. */
function nothing(why = null) {
  const links = [h("a", { href: "#/" }, "Start a new job"), " or look at ", h("a", { href: "#/jobs" }, "the jobs"), "."];
  return notice("There is nothing here", why, h("p", {}, links));
}

function notice(title, why, ways) {
  return h("div", { class: "notice" }, h("h1", {}, title), why && h("p", { class: "error", role: "alert" }, why), ways);
}

let arrived = false;

/** Say that the page is on its way, in place of the one before. */
function wait() {
  fill(h("p", { class: "empty" }, "Loading…"));
  main.ariaBusy = "true";
  announce("Loading…");
}

function fill(content) {
  replace(main, content);
  // a page that says nothing of uploads shows those on their way all the same
  if (!main.contains(uploads.element) && uploads.element.hasChildNodes()) main.prepend(uploads.element);
}

function present(name, content) {
  fill(content);
  main.ariaBusy = null;
  title(name);
  restoreScroll();
  // as a browser does with a new page; not at the start, where the reader begins at the top
  if (arrived) {
    main.focus({ preventScroll: true });
    announce(document.title);
  }
  main.querySelector("[autofocus]")?.focus();
  arrived = true;
}

/** What the tab is called. */
function title(name) {
  document.title = `${name} · Clipzy`;
}

function mark(name) {
  for (const link of document.querySelectorAll("[data-page]")) {
    if (link.dataset.page === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

signOut.addEventListener("click", () => {
  keepToken(null);
  clear();
  uploads.clear();
  hush();
  route();
});
// the address stays that of the page, which can be loaded anew
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
session.addEventListener("refused", ({ detail }) => ask(detail));
window.addEventListener("hashchange", route);
refuseStrayDrops();
watchScroll();
watchEngine(document.getElementById("engine"));
route();
