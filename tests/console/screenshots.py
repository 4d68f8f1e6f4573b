"""Takes the pictures of the console in docs/screenshots, of a real job on the demo's media: `make screenshots`."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from console.chromium import launched
from whole_engine import Engine

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 760}
MOST_BYTES = 280_000
FLAT_COLOURS = 56


def main() -> None:
    """Start the engine, run the jobs, take the pictures."""
    sys.path.insert(0, str(ROOT / "clients" / "demo"))
    from media import footage, make_template  # noqa: PLC0415 (the demo is no package)

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)).running() as engine:
        template = Path(folder, "music-video.mp4")
        make_template(template)
        ids = engine.upload(template), engine.upload(footage())
        other = engine.create(template_video_id=ids[1])
        engine.wait(other, seconds=600)
        with sync_playwright() as playwright, launched(playwright) as browser:
            for scheme in ("light", "dark"):
                picture_form(browser, engine.url, scheme)
            job_id = picture_progress(browser, engine, ids)
            for scheme in ("light", "dark"):
                picture_result(browser, engine.url, scheme, job_id)
            picture_comparison(browser, engine.url, job_id, other)
            picture_phone(browser, engine.url, job_id)


@contextmanager
def looked_at(browser: Browser, address: str, scheme: str = "light", **options) -> Iterator[Page]:
    """A page, as somebody with that taste sees it."""
    context = browser.new_context(**{"viewport": DESKTOP, "color_scheme": scheme, **options})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(address)
    page.locator("main > *").first.wait_for()
    yield page
    context.close()


def picture_form(browser: Browser, url: str, scheme: str, name: str = "new-job", **options) -> None:
    """The form, filled."""
    with looked_at(browser, f"{url}/#/", scheme, **options) as page:
        for role, video in (("template", "music-video.mp4"), ("footage", "bigbuckbunny.mp4")):
            page.get_by_role("button", name=f"Use {video} as {role}").click()
        page.mouse.move(0, 0)
        page.locator("main").focus()
        page.evaluate("scrollTo(0, 0)")
        take(page, f"{name}-{scheme}")


def picture_progress(browser: Browser, engine: Engine, ids: tuple[str, str]) -> str:
    """The main job while it is rendered, when its style is known already; its id."""
    job_id = engine.create(template_video_id=ids[0], video_id=ids[1])
    with looked_at(browser, f"{engine.url}/#/jobs/{job_id}") as page:
        page.locator(".early .dna-card").first.wait_for(timeout=600_000)
        take(page, "progress-light")
        engine.wait(job_id, seconds=600)
    return job_id


def picture_result(browser: Browser, url: str, scheme: str, job_id: str) -> None:
    """Before and after, with the timeline; and the style."""
    with looked_at(browser, f"{url}/#/jobs/{job_id}", scheme, viewport={**DESKTOP, "height": 980}) as page:
        show(page, "Time in the result", 2.4)
        take(page, f"result-{scheme}")
    with looked_at(browser, f"{url}/#/jobs/{job_id}", scheme, viewport={**DESKTOP, "height": 1100}) as page:
        show(page, "Time in music-video.mp4", 9.0)
        page.locator(".dna").evaluate("section => scrollTo(0, section.offsetTop - 76)")
        take(page, f"style-{scheme}")


def picture_comparison(browser: Browser, url: str, job_id: str, other: str) -> None:
    """Two styles."""
    with looked_at(browser, f"{url}/#/compare/{job_id}/{other}") as page:
        take(page, "compare-light")


def picture_phone(browser: Browser, url: str, job_id: str) -> None:
    """The same pages in a hand."""
    phone = {"viewport": PHONE, "device_scale_factor": 1.5, "has_touch": True, "is_mobile": True}
    picture_form(browser, url, "dark", "phone-new-job", **phone)
    with looked_at(browser, f"{url}/#/jobs/{job_id}", "dark", **phone) as page:
        show(page, "Time in the result", 2.4)
        page.evaluate("scrollTo(0, 0)")
        take(page, "phone-result-dark")
        page.locator(".dna-cards").evaluate("cards => scrollTo(0, cards.offsetTop - 76)")
        take(page, "phone-style-dark")


def show(page: Page, slider: str, seconds: float) -> None:
    """Let a video stand at a time."""
    line = page.get_by_role("slider", name=slider)
    line.wait_for()
    line.press("Home")
    for _ in range(int(seconds)):
        line.press("Shift+ArrowRight")
    line.evaluate("line => line.blur()")
    page.wait_for_timeout(2500)  # until both pictures are there


def take(page: Page, name: str) -> None:
    """Write a picture as small as a README wants it: with a palette, dithered where that fits."""
    page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => {})))")
    page.wait_for_timeout(1000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    palette = palette_of(picture)
    path = FOLDER / f"{name}.png"
    for dither in (Image.Dither.FLOYDSTEINBERG, Image.Dither.NONE):
        picture.quantize(palette=palette, dither=dither).save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            break
    else:
        raise SystemExit(f"{path} is larger than {MOST_BYTES} bytes")
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB\n")


def palette_of(picture: Image.Image) -> Image.Image:
    """The page's own flat colours as they are, the rest of 256 spread over what the videos show."""
    pixels = np.asarray(picture).reshape(-1, 3)
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, counts = np.unique(codes, return_counts=True)
    flat = colours[np.argsort(counts)[-FLAT_COLOURS:]]
    shown = pixels[~np.isin(codes, flat)]
    others = Image.fromarray(shown[None]).quantize(256 - FLAT_COLOURS, method=Image.Quantize.MEDIANCUT).getpalette()
    own = np.stack([flat >> 16, flat >> 8 & 255, flat & 255], axis=1).ravel()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*own.tolist(), *others])
    return palette


if __name__ == "__main__":
    main()
