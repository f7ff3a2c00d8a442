"""Dark pictures are lifted before anybody is looked for in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.light import LIFTED_TO, lifted

if TYPE_CHECKING:
    from dolbom.perception.pose import Image, Pose, Quarter


def picture(mean: float) -> Image:
    """Grey with noise, shape (90, 160, 3), of this mean brightness, 0..1."""
    random = np.random.default_rng(3)
    return np.clip(random.normal(mean * 255, 2.0, (90, 160, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("mean", [0.03, 0.09, 0.15])
def test_a_dark_picture_is_as_bright_as_the_network_needs_it(mean: float) -> None:
    dark = picture(mean)
    assert LIFTED_TO - 0.02 < lifted(dark, dark.mean() / 255).mean() / 255 < LIFTED_TO + 0.1


def test_a_bright_picture_is_left_as_it_is() -> None:
    bright = picture(0.4)
    assert lifted(bright, 0.4) is bright


def test_a_covered_lens_stays_dark() -> None:
    assert lifted(picture(0.005), 0.005).mean() / 255 < LIFTED_TO / 2


class _Keeping:
    """Finds nobody and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Image] = []

    def find(self, image: Image, stamp: float) -> list[Pose]:
        self.shown.append(image)
        return []

    def find_turned(self, image: Image, quarter: Quarter) -> list[Pose]:
        return []


def test_people_are_looked_for_in_the_lifted_picture_and_the_true_light_is_told() -> None:
    finder = _Keeping()
    seen = BodyWatcher(finder).update(picture(0.05), 0.0)
    assert finder.shown[0].mean() / 255 > LIFTED_TO - 0.02
    assert seen.camera.luminance == pytest.approx(0.05, abs=0.01)
