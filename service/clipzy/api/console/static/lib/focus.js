// Moves the focus on when its element is removed: a browser would begin at the top of the page again.

/** Focus an element, or the page itself where there is none; headings can be focused too. */
export function focusOn(element) {
  const place = element ?? document.getElementById("main");
  if (place.matches("h1, h2")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

/** Remove one of a list's elements; the focus moves to a button of the next one, of the one before, or to the heading after the list. */
export function takeAway(element) {
  const wasIn = element.contains(document.activeElement);
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  const after = element.parentElement?.nextElementSibling;
  element.remove();
  if (wasIn) focusOn(neighbour?.querySelector("button") ?? after?.querySelector("h1, h2"));
}
