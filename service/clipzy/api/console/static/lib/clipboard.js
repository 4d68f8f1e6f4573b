// Copies text; browsers allow it on https and on this very machine alone, elsewhere the text is shown to be copied by hand.

import { showText } from "./dialog.js";
import { note } from "./say.js";

/** Copy text that is called `what`. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    note(`${what} copied`);
  } catch {
    showText(what, text);
  }
}
