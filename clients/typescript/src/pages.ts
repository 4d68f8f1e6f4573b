/** Goes through all pages of a list. */

import type { Exchange } from "./exchange.js";
import type { Call } from "./requests.js";

export const LARGEST_PAGE = 100; // the fewest requests

interface Page {
  readonly total: number;
  readonly page_size: number;
}

/**
 * Every entry once, newest first. What is added meanwhile is not seen; it pushes others on to the next page.
 *
 * What is deleted meanwhile, as by who goes through the list, lets others move up to pages that were seen: those are looked at again.
 */
export async function* eachEntry<P extends Page, T>(
  exchange: Exchange,
  pageOf: (number: number) => Call<P>,
  entries: (page: P) => readonly (readonly [string, T])[],
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let total = 0;
  for (let number = 1; ; number++) {
    const page = await exchange.ask(pageOf(number), signal);
    const gone = total - page.total;
    total = page.total;
    if (gone > 0 && number > 1) {
      number = Math.max(1, number - Math.ceil(gone / page.page_size)) - 1;
      continue;
    }
    for (const [id, entry] of entries(page)) {
      if (seen.has(id)) continue;
      seen.add(id);
      yield entry;
    }
    if (number * page.page_size >= page.total) return;
  }
}
