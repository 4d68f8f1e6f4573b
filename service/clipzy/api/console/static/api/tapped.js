// A body that tells how it comes in.

/** The same body; `onPiece` is given each piece of it as it passes. */
export function tapped(body, onPiece) {
  const tap = new TransformStream({
    transform(piece, controller) {
      onPiece(piece);
      controller.enqueue(piece);
    },
  });
  return body.pipeThrough(tap);
}
