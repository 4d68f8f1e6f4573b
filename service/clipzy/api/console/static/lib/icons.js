// The few icons, drawn with one stroke on a grid of 24.

import { svg } from "./dom.js";

const PATHS = {
  play: "M8 5.5v13l10.500-6.500z",
  pause: "M8 5v14M16 5v14",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6.500 6.500l11 11M17.500 6.500l-11 11",
  bin: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10.500 11v5M13.500 11v5",
  upload: "M12 16V5M7.500 9L12 4.500 16.500 9M5 16v3h14v-3",
  download: "M12 5v11M7.500 12l4.500 4.500 4.500-4.500M5 16v3h14v-3",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  arrow: "M5 12h14M13 6l6 6-6 6",
  warning: "M12 4.500l8.500 15h-17zM12 10v4.500M12 17v.2",
  film: "M4 6h16v12H4zM8 6v12M16 6v12M4 12h4M16 12h4",
  full: "M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4",
  handle: "M9.500 8L5.500 12l4 4M14.500 8l4 4-4 4",
  compare: "M12 4v16M5 8h4v8H5zM15 8h4v8h-4z",
};

/** An icon that says nothing by itself: what it stands beside, or its button's name, does. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
