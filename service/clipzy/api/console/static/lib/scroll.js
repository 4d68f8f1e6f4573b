// How far down each entry of the history was scrolled, to be there again after Back: a page comes later than the browser looks for it.

const REST_MS = 150; // browsers allow few changes of the history in a second

const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];

let isWhole = false;
let growing = new AbortController();
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
  growing.abort();
  isWhole = false;
}

/** The page of the history's entry is there: go to where it was left, to the top of a new one. */
export function restoreScroll() {
  const wanted = history.state?.scrolled ?? 0;
  growing.abort();
  growing = new AbortController();
  const { signal } = growing;
  const settle = () => {
    growing.abort();
    isWhole = true;
  };
  // parts of it may come later: until it is long enough, what is scrolled is not where it was left
  const go = () => {
    window.scrollTo(0, wanted);
    if (window.scrollY >= Math.floor(wanted)) settle();
  };
  const grown = new ResizeObserver(go);
  signal.addEventListener("abort", () => grown.disconnect());
  for (const event of BY_HAND) window.addEventListener(event, settle, { signal, passive: true });
  grown.observe(document.body);
  go();
}
