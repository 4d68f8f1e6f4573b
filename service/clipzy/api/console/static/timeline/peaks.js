// The output's waveform as numbers, read back from the picture that rendering leaves: a few kB, where decoding the sound
// here would take the whole video.

const MARKED = 0.12; // of the height at the top and at the bottom, which the wave does not reach (media/sound/waveform.py)

/** Lowest and highest sample of each column, -1..1, as [[low, high], …]; null where the picture cannot be read. */
export async function peaks(url) {
  const picture = new Image();
  picture.src = url;
  try {
    await picture.decode();
  } catch {
    return null;
  }
  const { naturalWidth: width, naturalHeight: height } = picture;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;
  const reach = height / 2 - Math.round(height * MARKED);
  return Array.from({ length: width }, (_, x) => {
    const rows = [...rowsOfWave(pixels, width, height, x)];
    if (!rows.length) return [0, 0];
    return [(height / 2 - rows.at(-1)) / reach, (height / 2 - rows[0]) / reach];
  });
}

// the wave alone is of a strong blue: marks are grey, yellow and red, the ground is nearly black
function* rowsOfWave(pixels, width, height, x) {
  for (let y = 0; y < height; y += 1) {
    const at = 4 * (y * width + x);
    if (pixels[at + 2] > 180 && pixels[at + 2] > pixels[at] + 80) yield y;
  }
}
