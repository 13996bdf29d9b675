"""Draws the product pictures and the logo anew: `python -m omotenashi.sample_shop.render_pictures`.

Needs Chromium, Playwright and Pillow; the shop itself needs none of them: the PNGs are in the package.
"""

import io
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from omotenashi.sample_shop.pictures.logo import logo_svg, mark_svg
from omotenashi.sample_shop.pictures.stored import DIGESTS, FOLDER, digest, drawings

COLOURS = 144
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        sys.exit(f"No browser found. Install one of: {', '.join(BROWSERS)}.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    signs = {"logo": logo_svg(), "mark": mark_svg()}
    for name, svg in signs.items():
        (FOLDER / f"{name}.svg").write_text(svg + "\n", encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        _render(browser, drawings(), pixels=1)
        _render(browser, signs, pixels=2)
    digests = {name: digest(svg) for name, svg in drawings().items()}
    DIGESTS.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


def _render(browser: Browser, svgs: Mapping[str, str], *, pixels: int) -> None:
    page = browser.new_page(device_scale_factor=pixels)
    for name, svg in svgs.items():
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
        _save(page.locator("svg").screenshot(omit_background=True), path=FOLDER / f"{name}.png")


def _save(png: bytes, *, path: Path) -> None:
    """With a palette: 10 kB a picture instead of 24, and flat colours lose nothing."""
    image = Image.open(io.BytesIO(png))
    is_opaque = image.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    method = Image.Quantize.MEDIANCUT if is_opaque else Image.Quantize.FASTOCTREE
    flat = image.convert("RGB" if is_opaque else "RGBA")
    flat.quantize(COLOURS, method=method, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)


if __name__ == "__main__":
    main()
