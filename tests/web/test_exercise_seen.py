"""The robot's own pose network looks at the drawn figure, as a browser draws it, and what it sees is counted."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from dolbom.exercise.exercises import exercise
from dolbom.exercise.figure import moving
from dolbom.exercise.following import Follower
from dolbom.exercise.watching import Watched
from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.pose import PoseFinder, pose_model

RATE = 10
TIMES = 3


@pytest.mark.weights("pose_landmarker_lite.task")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["arms_up", pytest.param("sit_to_stand", marks=pytest.mark.slow)])
def test_the_drawn_figure_is_counted_by_the_real_network(browser: Any, name: str) -> None:
    one = exercise(name)
    context = browser.new_context(viewport={"width": 640, "height": 480})
    page = context.new_page()
    drawing = moving(one)
    page.set_content(f'<body style="margin:0;background:#dcd8cf"><div style="width:480px;margin:auto">{drawing}</div>')
    page.evaluate("document.querySelector('svg').pauseAnimations()")
    follower, watched, last = Follower(one), Watched(), one.tempo_s * TIMES
    with PoseFinder(pose_model()) as finder:
        watcher = BodyWatcher(finder)
        for frame in range(int((last + 1.5) * RATE)):
            at = frame / RATE
            drawn = min(max(at - 0.8, 0.0), last - 1e-3)
            page.evaluate(f"document.querySelector('svg').setCurrentTime({drawn})")
            image = cv2.imdecode(np.frombuffer(page.screenshot(type="jpeg"), np.uint8), cv2.IMREAD_COLOR)
            follower.see(watched.see(watcher.update(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), at)))
    context.close()
    assert follower.count == TIMES
