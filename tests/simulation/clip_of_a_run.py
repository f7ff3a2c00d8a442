"""Makes a short clip for the README of one run in Gazebo: the fall, and what the robot said and told, written below.

dolbom sim run NAME --record film.mp4 --json > verdict.json
bin/dolbom-env python tests/simulation/clip_of_a_run.py film.mp4 verdict.json docs/pictures/NAME.gif
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
from PIL import Image, ImageDraw, ImageFont

from dolbom.places import models_folder

SIZE, STRIP = (400, 300), 44
FPS = 6.0
FILM_FPS = 15.0
BEFORE_S, AFTER_S, MOMENT_S = 1.5, 1.5, 1.6
"""Of the fall's step, and around each thing that was said or told afterwards; what lies between is left out."""
TOLD = ("fall", "said", "event", "note")
COLOURS, LINE = 40, 46


def moments(timeline: list[dict[str, Any]]) -> list[tuple[float, float, str]]:
    """Pieces of the film: from, to, and what is written below."""
    begins = next(one["at"] for one in timeline if one["name"] == "falls" and one["sort"] == "begins")
    ends = next(one["at"] for one in timeline if one["name"] == "falls" and one["sort"] == "ends")
    pieces = [(begins - BEFORE_S, ends + AFTER_S, "")]
    for one in timeline:
        if one["at"] < begins or one["sort"] not in TOLD or one["name"] in ("desk", "face"):
            continue
        said = {"said": f"“{one['text']}”", "event": f"→ {one['name']}", "fall": one["name"]}.get(
            one["sort"], one["text"]
        )
        text = f"{one['at']:5.1f} s   {said}"
        if one["at"] <= pieces[-1][1] and one["sort"] == "note":
            continue
        pieces.append((max(one["at"], pieces[-1][1]), max(one["at"], pieces[-1][1]) + MOMENT_S, text))
        if one["name"] == "distress.raised":
            break
    return pieces


def main(film: Path, verdict: Path, out: Path) -> None:
    (told,) = json.loads(verdict.read_text(encoding="utf-8"))
    reader, frames = cv2.VideoCapture(str(film)), []
    font = ImageFont.truetype(str(models_folder() / "NotoSansKR-Regular.otf"), 13)
    for begin, end, text in moments(told["timeline"]):
        for step in range(round((end - begin) * FPS)):
            at = begin + step / FPS
            reader.set(cv2.CAP_PROP_POS_FRAMES, round(at * FILM_FPS))
            read, image = reader.read()
            if not read:
                break
            small = cv2.cvtColor(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
            page = Image.new("RGB", (SIZE[0], SIZE[1] + STRIP), "white")
            page.paste(Image.fromarray(small))
            draw = ImageDraw.Draw(page)
            draw.text((8, SIZE[1] + 3), (text or f"{at:5.1f} s")[:LINE], font=font, fill="black")
            draw.text((8, SIZE[1] + 22), text[LINE : 2 * LINE], font=font, fill="black")
            frames.append(page.quantize(COLOURS, dither=Image.Dither.NONE))
    frames[0].save(out, save_all=True, append_images=frames[1:], duration=round(1000 / FPS), loop=0, optimize=True)
    print(f"{out}: {len(frames)} pictures, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
