"""The shipped scenarios, each on the core alone: what happens there follows as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from dolbom.simulation.day.backend import LACKS, CoreBackend, shipped_home
from dolbom.simulation.scenario.cli import FOLDER
from dolbom.simulation.scenario.lint import sound
from dolbom.simulation.scenario.playing import play
from dolbom.simulation.scenario.reading import load
from dolbom.simulation.scenario.telling import findings, timeline
from dolbom.simulation.scenario.verdict import Outcome, Verdict

SCENARIOS = sorted(FOLDER.glob("*.yaml"))
SLOW = ("sleeps_all_night", "watches_television_all_evening")


def played(name: str, seed: int = 0) -> Verdict:
    home, _ = shipped_home()
    return play(sound(load(FOLDER / f"{name}.yaml", seed), home), CoreBackend, lacks=LACKS)


@pytest.mark.xdist_group("scenarios")
@pytest.mark.parametrize(
    "name",
    [pytest.param(path.stem, marks=pytest.mark.slow if path.stem in SLOW else ()) for path in SCENARIOS],
)
def test_what_is_expected_follows(name: str) -> None:
    """Or, where this robot lacks what it needs, the verdict says that it was not run."""
    verdict, needs = played(name), load(FOLDER / f"{name}.yaml").scenario.needs
    expected = Outcome.NOT_RUN if needs else Outcome.PASSED
    assert verdict.outcome is expected, "\n".join([verdict.why, *timeline(verdict), *findings(verdict)])


@pytest.mark.xdist_group("scenarios")
@pytest.mark.parametrize("name", ["fall_and_gets_up", "dose_taken", "visitor"])
def test_the_same_run_twice_gives_the_same_events_in_the_same_order(name: str) -> None:
    assert played(name, 3).record.digest() == played(name, 3).record.digest()


@pytest.mark.xdist_group("scenarios")
def test_an_answer_that_nobody_asks_for_breaks_the_run_off_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "unasked.yaml"
    steps = "steps:\n  - answer: {text: 괜찮아, within: 60}\nexpect:\n  - never: distress.*\n"
    file.write_text("title: {ko: 시험, en: A trial}\ncast: {resident: {at: sofa, posture: sitting}}\n" + steps)
    home, _ = shipped_home()
    verdict = play(sound(load(file), home), CoreBackend, lacks=LACKS)
    assert verdict.outcome is Outcome.BROKEN
    assert "nobody asked within 60 s what “괜찮아” would answer" in verdict.why
    assert 60 <= verdict.record.now < 62


@pytest.mark.xdist_group("scenarios")
def test_another_seed_is_another_day() -> None:
    assert played("fall_and_gets_up", 1).record.digest() != played("fall_and_gets_up", 2).record.digest()


@pytest.mark.xdist_group("scenarios")
@pytest.mark.parametrize(
    ("name", "seed"),
    [("fall_forward_by_day", 2), ("fall_sideways_by_day", 3), ("falls_in_view", 14), ("comes_to_a_fall", 11)],
)
def test_who_falls_towards_a_side_of_the_picture_is_found(name: str, seed: int) -> None:
    assert played(name, seed).outcome is Outcome.PASSED


FALLS = (
    "fall_forward_by_day",
    "fall_sideways_by_day",
    "fall_backward_by_day",
    "fall_slump_by_day",
    "fall_from_the_sofa_by_day",
)
NEAR_FALLS = ("near_falls", "sits_down_hard", "kneels", "picks_something_up", "lies_down_on_the_bed")


@pytest.mark.slow
@pytest.mark.xdist_group("scenarios")
@pytest.mark.parametrize("name", [*FALLS, *NEAR_FALLS])
def test_every_fall_in_view_is_found_and_no_near_fall_asked_about_whatever_the_seed_draws(name: str) -> None:
    assert [seed for seed in range(20) if played(name, seed).outcome is not Outcome.PASSED] == []


def test_there_are_thirty_moments_that_the_core_can_live_through() -> None:
    runnable = [path for path in SCENARIOS if not load(path).scenario.needs]
    assert len(runnable) >= 30
