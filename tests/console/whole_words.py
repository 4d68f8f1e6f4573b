"""Looks for words that a page breaks in the middle, where a column of it is too narrow."""

from __future__ import annotations

from playwright.sync_api import Locator

FIND = r"""(elements) => elements.flatMap((element) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const broken = [];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      for (const { 0: word, index } of text.data.matchAll(/[^\s-]+/g)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
      }
    }
    return broken;
})"""


def broken_words(within: Locator) -> list[str]:
    """The words within these elements that stand on more than one line."""
    assert within.count()
    return within.evaluate_all(FIND)
