/** Goes through all pages of a list. */

import type { Exchange } from "./exchange.js";
import type { Call } from "./requests.js";

export const LARGEST_PAGE = 100; // the fewest requests

interface Page {
  readonly total: number;
  readonly page_size: number;
}

/** Every entry once, newest first. What is added meanwhile is not seen; it pushes others on to the next page. */
export async function* eachEntry<P extends Page, T>(
  exchange: Exchange,
  pageOf: (number: number) => Call<P>,
  entries: (page: P) => readonly (readonly [string, T])[],
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  for (let number = 1; ; number++) {
    const page = await exchange.ask(pageOf(number), signal);
    for (const [id, entry] of entries(page)) {
      if (seen.has(id)) continue;
      seen.add(id);
      yield entry;
    }
    if (number * page.page_size >= page.total) return;
  }
}
