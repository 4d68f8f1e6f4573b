// How far down each entry of the history was scrolled, to be there again after Back: a page comes later than the browser looks for it.

const REST_MS = 150; // browsers allow few changes of the history in a second

let isWhole = false;
let timer;

/** Begin to take note of it. */
export function watchScroll() {
  history.scrollRestoration = "manual";
  window.addEventListener("scroll", () => {
    clearTimeout(timer);
    if (isWhole) timer = setTimeout(() => history.replaceState({ ...history.state, scrolled: window.scrollY }, ""), REST_MS);
  });
}

/** The page before goes: what is scrolled until the next one is there does not count. */
export function leaveScroll() {
  clearTimeout(timer);
  isWhole = false;
}

/** The page of the history's entry is there: go to where it was left, to the top of a new one. */
export function restoreScroll() {
  window.scrollTo(0, history.state?.scrolled ?? 0);
  isWhole = true;
}
