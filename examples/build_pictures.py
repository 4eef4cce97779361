"""Draw the pictures of the examples, a slip of paper among them; the same pixels on every run.

Needed only when a drawing changes: `pip install pillow`, then `python examples/build_pictures.py`. Uses the font that
comes with Pillow, so no font of the machine shows through.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PICTURES = Path(__file__).with_name("pictures")
PAPER, INK, WATER, BRICK, RED = "#fbf8f0", "#22303a", "#9cc3d5", "#c98b6b", "#b3261e"
Point = tuple[float, float]


def text(draw: ImageDraw.ImageDraw, at: Point, words: str, size: int = 20, fill: str = INK) -> None:
    """Write `words` with their upper left corner at `at`."""
    draw.text(at, words, fill=fill, font=ImageFont.load_default(size))


def save(picture: Image.Image, name: str) -> None:
    """Store with a small palette: flat drawings lose nothing by it."""
    picture.quantize(32).save(PICTURES / name, optimize=True)


def wet_well() -> Image.Image:
    """The wet well as a column, one tick for each level of the handbook's table."""
    picture = Image.new("RGB", (760, 640), PAPER)
    draw = ImageDraw.Draw(picture)
    top, bottom, highest = 60, 590, 3.2

    def row(level: float) -> float:
        return bottom - (bottom - top) * level / highest

    draw.rectangle((120, row(1.45), 300, bottom), fill=WATER)
    draw.line([(120, top), (120, bottom), (300, bottom), (300, top)], fill=INK, width=6)
    levels = [
        (0.75, "dry-run relay P-3", INK),
        (0.90, "dry-run relay P-1, P-2", INK),
        (1.60, "first pump starts", INK),
        (1.90, "second pump starts", INK),
        (2.10, "third pump starts", INK),
        (2.35, "high-level alarm", RED),
        (2.80, "cellar sills", RED),
    ]
    for level, label, colour in levels:
        draw.line([(110, row(level)), (340, row(level))], fill=colour, width=2)
        text(draw, (352, row(level) - 12), f"{level:.2f}  {label}", 20, colour)
    text(draw, (120, 18), "Wet well, levels in m HD", 24)
    text(draw, (150, 600), "the culvert comes in through TR-1", 18)
    return picture


def valve_chamber() -> Image.Image:
    """Section through the chamber: shaft, ladder, both valves, and the stair to the Customs House."""
    picture = Image.new("RGB", (900, 620), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 80, 900, 96), fill=INK)
    draw.rectangle((250, 96, 620, 540), outline=BRICK, width=18)
    draw.rectangle((0, 400, 900, 500), fill=WATER, outline=INK, width=4)
    for x, tag in ((340, "V-118"), (520, "V-117")):
        draw.line([(x, 220), (x, 490)], fill=INK, width=6)
        draw.ellipse((x - 10, 405, x + 10, 495), fill=RED if tag == "V-117" else INK)
        draw.rectangle((x - 28, 180, x + 28, 222), outline=INK, width=4)
        text(draw, (x - 30, 148), tag, 22)
    for y in range(112, 400, 24):
        draw.line([(272, y), (300, y)], fill=INK, width=4)
    draw.rectangle((602, 330, 621, 380), fill=PAPER)
    steps: list[Point] = [(602, 380), (620, 380)]
    for step in range(11):
        x, y = 620 + step * 20, 380 - step * 25
        steps += [(x + 20, y), (x + 20, y - 25)]
    draw.line(steps, fill=BRICK, width=6)
    draw.line([(x + 10, y - 70) for x, y in steps[1:-3]], fill=BRICK, width=4)
    draw.line([(800, 88), (880, 88)], fill=RED, width=10)
    text(draw, (690, 50), "grating behind Customs House", 14, RED)
    text(draw, (30, 440), "from the town", 20)
    text(draw, (680, 440), "to the outfall", 20)
    text(draw, (20, 20), "Chamber under the quay, looking north (after Halloran, 1911)", 22)
    text(draw, (250, 570), "ladder at left; stair at right", 20)
    return picture


def tide() -> Image.Image:
    """Predicted and measured sea level from 20:00 to 06:00 around the high water of 01:52."""
    picture = Image.new("RGB", (900, 480), PAPER)
    draw = ImageDraw.Draw(picture)
    left, right, top, bottom = 80, 860, 60, 420

    def place(hour: float, level: float) -> Point:
        return left + (right - left) * (hour - 20) / 10, bottom - (bottom - top) * level / 5

    for level in range(6):
        draw.line([place(20, level), place(30, level)], fill="#d8d2c2", width=1)
        text(draw, (40, place(20, level)[1] - 11), str(level), 18)
    for hour in range(20, 31, 2):
        text(draw, (place(hour, 0)[0] - 22, bottom + 10), f"{hour % 24:02d}:00", 18)
    hours = [20 + step / 20 for step in range(201)]
    peak, swing = 25.87, 2 * math.pi / 12.42
    predicted = [2.05 + 1.84 * math.cos((hour - peak) * swing) for hour in hours]
    surge = [0.72 + 0.010 * (peak - hour) for hour in hours]
    draw.line([place(h, p) for h, p in zip(hours, predicted, strict=True)], fill="#5b7f95", width=3)
    draw.line([place(h, p + s) for h, p, s in zip(hours, predicted, surge, strict=True)], fill=RED, width=4)
    text(draw, place(24.4, 4.95), "measured 4.61 m at 01:52", 20, RED)
    text(draw, place(25.1, 3.35), "predicted 3.89 m", 20, "#5b7f95")
    text(draw, (left, 18), "Sea level at Aldermouth, 14 to 15 February 2025, m HD", 22)
    return picture


SLIP = (
    "BLACKFIN MARINE, HALLAM          DIVE SLIP 2025/14",
    "",
    "Diver: G. Sollis          Tender: M. Oyelaran",
    "Site: suction bell of P-3, Quay Street, Aldermouth",
    "Date: 7 April 2025, low water",
    "",
    "Four metres of blue rope were cut out of the bell.",
    "The vanes are bright and show no cracks.",
    "The grid in front of the bell has lost two bars;",
    "new bars are to be ordered from Stroud.",
)


def slip() -> Image.Image:
    """A typed slip as a scanner gives it: grey, a little askew, with specks."""
    paper = Image.new("L", (1240, 760), 246)
    draw = ImageDraw.Draw(paper)
    for line, words in enumerate(SLIP):
        draw.text((90, 70 + line * 62), words, fill=38, font=ImageFont.load_default(34))
    paper = paper.rotate(0.8, Image.Resampling.BICUBIC, fillcolor=246)
    marks = random.Random(7)  # noqa: S311  # specks
    for _ in range(260):
        paper.putpixel((marks.randrange(1240), marks.randrange(760)), marks.randrange(90, 200))
    return paper


def main() -> None:
    """Write the drawings into pictures/, the slip beside them."""
    PICTURES.mkdir(exist_ok=True)
    save(wet_well(), "wet-well-levels.png")
    save(valve_chamber(), "valve-chamber.png")
    save(tide(), "tide-14-february.png")
    slip().quantize(16).save(PICTURES.with_name("dive-slip.png"), optimize=True)


if __name__ == "__main__":
    main()
