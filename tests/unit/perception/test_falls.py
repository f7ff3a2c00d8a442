"""The fall detector on people of sticks: what it must say, what it must not, and what always holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.perception.stick_figure import (
    BENT_DOWN,
    KNEELING,
    ON_BACK,
    ON_BED,
    ON_CHAIR,
    ON_FLOOR_SITTING,
    ON_FRONT,
    ON_SOFA,
    SQUATTING,
    STANDING,
    Camera,
    Stance,
    film,
)

from dolbom.perception.bodies import Bodies
from dolbom.perception.camera_motion import CameraMotion
from dolbom.perception.falls import FallDetector, FallEvent, FallKind, FallParameters, confidence, polygon
from dolbom.perception.pose import SHOULDERS

FALL = [(0, STANDING), (2, STANDING), (2.9, replace(ON_FRONT, x=0.6)), (6, replace(ON_FRONT, x=0.6))]
SLOW_SLEEPER = [(0, STANDING), (1, STANDING), (2.5, ON_CHAIR), (4, ON_CHAIR), (7, ON_BED), (12, ON_BED)]


def kinds(events: list[FallEvent]) -> list[str]:
    return [str(e.kind) for e in events]


def hidden(frames: list[Bodies], begin: float, end: float = 1e9) -> list[Bodies]:
    """The same frames with nobody to be seen from `begin` to `end` seconds; the loss is told after 0.25 s."""
    out, told = [], False
    for f in frames:
        if begin <= f.stamp < end:
            lost = () if told or f.stamp < begin + 0.25 else ("a",)
            told = told or bool(lost)
            f = replace(f, bodies=(), lost=lost)
        out.append(f)
    return out


@pytest.mark.parametrize("fps", [5, 10, 15, 30])
@pytest.mark.parametrize("camera", [Camera(0.9), Camera(0.5, -5), Camera(1.6, 12)], ids=["robot", "low", "shelf"])
def test_a_fall_forward_is_down_within_two_seconds_of_landing_at_any_frame_rate(fps: float, camera: Camera) -> None:
    events = FallDetector().replay(film(FALL, camera, fps))
    assert kinds(events) == ["suspected", "down"]
    down = events[-1]
    assert 2.9 - 0.5 < down.stamp < 2.9 + 2.0
    assert 1.5 < down.since < 2.9
    assert down.drop > 0.8
    assert down.confidence > 0.9


@pytest.mark.parametrize("facing", [0, 45, 90, 150, 180])
def test_a_fall_backward_is_seen_from_every_side(facing: float) -> None:
    lying = replace(ON_BACK, facing=facing)
    standing = replace(STANDING, facing=facing)
    events = FallDetector().replay(film([(0, standing), (2, standing), (2.9, lying), (6, lying)]))
    assert "down" in kinds(events)


def test_a_fall_from_a_chair_is_down() -> None:
    fall = [(0, ON_CHAIR), (2, ON_CHAIR), (2.5, replace(SQUATTING, x=0.3)), (3.1, replace(ON_FRONT, x=0.7))]
    events = FallDetector().replay(film([*fall, (6, replace(ON_FRONT, x=0.7))]))
    assert kinds(events) == ["suspected", "down"]


@pytest.mark.parametrize(
    "movement",
    [
        pytest.param([(0, STANDING), (2, STANDING), (2.6, ON_CHAIR), (8, ON_CHAIR)], id="sitting_down_fast"),
        pytest.param([(0, STANDING), (2, STANDING), (2.8, ON_SOFA), (8, ON_SOFA)], id="dropping_onto_a_sofa"),
        pytest.param([(0, STANDING), (2, STANDING), (2.8, BENT_DOWN), (4, BENT_DOWN), (5, STANDING), (7, STANDING)],
                     id="picking_up"),
        pytest.param([(0, STANDING), (2, STANDING), (3, SQUATTING), (7, SQUATTING), (8, STANDING), (9, STANDING)],
                     id="squatting"),
        pytest.param([(0, STANDING), (2, STANDING), (3.2, KNEELING), (8, KNEELING)], id="kneeling"),
        pytest.param([(0, STANDING), (2, STANDING), (3.5, ON_FLOOR_SITTING), (9, ON_FLOOR_SITTING)],
                     id="sitting_down_on_the_floor"),
        pytest.param([(0, ON_FLOOR_SITTING), (2, ON_FLOOR_SITTING), (3.5, ON_BACK), (9, ON_BACK)],
                     id="lying_down_from_sitting_on_the_floor"),
        pytest.param(SLOW_SLEEPER, id="lying_down_on_a_bed"),
        pytest.param([(0, ON_BACK), (20, ON_BACK)], id="lying_there_from_the_start"),
    ],
)  # fmt: skip
def test_daily_activity_does_not_start_the_question(movement: list) -> None:
    assert FallKind.DOWN not in kinds(FallDetector().replay(film(movement)))


def test_who_gets_up_again_has_recovered() -> None:
    events = FallDetector().replay(film([*FALL, (8, STANDING), (11, STANDING)]))
    assert kinds(events) == ["suspected", "down", "recovered"]


def test_who_picks_something_up_quickly_is_cleared() -> None:
    movement = [(0, STANDING), (2, STANDING), (2.5, BENT_DOWN), (3.3, BENT_DOWN), (4, STANDING), (7, STANDING)]
    found = kinds(FallDetector().replay(film(movement, Camera(1.6, 12))))
    assert found in ([], ["suspected", "cleared"])


def beyond_the_side(frames: list[Bodies], since: float, across: float = 0.04) -> list[Bodies]:
    """The same frames, the shoulders at the left edge from `since` seconds on: what is drawn there is a guess."""
    out = []
    for f in frames:
        body = f.bodies[0]
        marks = body.pose.landmarks.copy()
        marks[:, 0] -= marks[SHOULDERS, 0].mean() - across if f.stamp >= since else 0.0
        out.append(replace(f, bodies=(replace(body, pose=replace(body.pose, landmarks=marks)),)))
    return out


def test_what_is_drawn_of_somebody_half_out_of_the_side_of_the_picture_is_no_fall() -> None:
    assert kinds(FallDetector().replay(beyond_the_side(film(FALL), 2.0))) == []


def test_whoever_fell_in_view_and_came_to_lie_beyond_the_side_is_down() -> None:
    assert kinds(FallDetector().replay(beyond_the_side(film(FALL), 2.8))) == ["suspected", "down"]


def going_out(frames: list[Bodies], begin: float, end: float) -> list[Bodies]:
    """The same frames, in which somebody goes out of the left side of the picture from `begin` to `end` seconds."""
    out = []
    for f in frames:
        body = f.bodies[0]
        marks = body.pose.landmarks.copy()
        marks[:, 0] -= 0.6 * np.clip((f.stamp - begin) / (end - begin), 0.0, 1.0)
        out.append(replace(f, bodies=(replace(body, pose=replace(body.pose, landmarks=marks)),)))
    return out


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn beyond it", "lost there"])
def test_whoever_falls_out_of_the_side_of_the_picture_is_asked_about(drawn: bool) -> None:
    frames = going_out(film(FALL), 2.2, 2.7)
    if not drawn:
        frames = hidden(frames, 2.6)
    assert kinds(FallDetector().replay(frames)) == ["suspected", "down"]


@pytest.mark.parametrize(
    "movement",
    [
        [(0, STANDING), (6, STANDING)],
        [(0, STANDING), (2, STANDING), (2.6, ON_CHAIR), (8, ON_CHAIR)],
        [(0, STANDING), (2, STANDING), (2.8, ON_SOFA), (8, ON_SOFA)],
        [(0, STANDING), (2, STANDING), (3.2, KNEELING), (8, KNEELING)],
    ],
    ids=["walks", "sits down", "drops onto a sofa", "kneels"],
)
@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_whoever_does_something_else_on_the_way_out_is_left_in_peace(movement: list, seconds: float) -> None:
    assert FallDetector().replay(going_out(film(movement), 2.0, 2.0 + seconds)) == []


@pytest.mark.parametrize(("lies", "found"), [(25.0, []), (45.0, ["suspected", "down"])], ids=["a while", "long"])
def test_whoever_lies_half_out_of_the_picture_for_long_is_found_there(lies: float, found: list[str]) -> None:
    frames = beyond_the_side(film([(0, ON_BACK), (lies, ON_BACK)]), 0.0)
    assert kinds(FallDetector(FallParameters(found_lying=40)).replay(frames)) == found


def test_whoever_gets_up_again_beyond_the_side_was_not_lying_there() -> None:
    frames = film([(0, ON_BACK), (25, ON_BACK), (26, STANDING), (28, STANDING), (29, ON_BACK), (55, ON_BACK)])
    assert kinds(FallDetector(FallParameters(found_lying=40)).replay(beyond_the_side(frames, 0.0))) == []


def later(film: list[tuple[float, Stance]], seconds: float, away: float = 0.0) -> list[tuple[float, Stance]]:
    return [(at + seconds, replace(stance, z=stance.z + away)) for at, stance in film]


def test_whoever_was_well_inside_just_before_is_seen_falling_towards_a_side() -> None:
    assert kinds(FallDetector().replay(beyond_the_side(film(FALL), 2.0, across=0.1))) == ["suspected", "down"]


@pytest.mark.parametrize(("away", "found"), [(0.0, []), (6.0, ["suspected", "down"])], ids=["near", "far"])
def test_whoever_is_far_away_reaches_less_far_beyond_the_side(away: float, found: list[str]) -> None:
    frames = film([(0, replace(STANDING, z=STANDING.z + away)), *later(FALL, 3.0, away)])
    assert kinds(FallDetector().replay(beyond_the_side(frames, 2.0, across=0.1))) == found


def test_somebody_new_at_the_edge_takes_nothing_from_a_fall_out_of_sight() -> None:
    frames = hidden(film(FALL), 2.75)
    stranger = beyond_the_side(film([(0, STANDING), (6, STANDING)]), 0.0)
    beside = [
        replace(f, bodies=(*f.bodies, replace(s.bodies[0], id="b"))) if f.stamp > 2.9 else f
        for f, s in zip(frames, stranger, strict=True)
    ]
    assert kinds(FallDetector().replay(beside)) == ["suspected", "down"]


def test_who_drops_out_of_sight_counts_as_down() -> None:
    events = FallDetector().replay(hidden(film(FALL), 2.75))
    assert kinds(events) == ["suspected", "down"]
    assert events[-1].unseen


def test_who_collapses_towards_the_camera_and_is_lost_before_the_shoulders_sank_in_the_picture_is_down() -> None:
    # In the picture the shoulders hardly sink; in metres the body folds within half a second, and then it is gone.
    frames = []
    for i, frame in enumerate(film([(0, STANDING), (8, STANDING)], fps=15)):
        body = frame.bodies[0]
        folded = float(np.clip((frame.stamp - 2.0) / 0.4, 0, 1))
        measures = replace(body.measures, height=1.2 - 0.8 * folded, tilt=10 + 55 * folded)
        seen = (replace(body, measures=measures),) if frame.stamp < 2.4 else ()
        frames.append(replace(frame, bodies=seen, lost=("a",) if i == 40 else ()))
    events = FallDetector().replay(frames)
    assert kinds(events) == ["suspected", "down"]
    assert events[-1].unseen
    assert 2.0 < events[-1].stamp - 2.4 < 3.0
    back = film([(0, STANDING), (5, STANDING)], start=3.5)
    assert kinds(FallDetector().replay([*(f for f in frames if f.stamp < 3.5), *back])) == ["suspected", "cleared"]
    slowly = [replace(f, stamp=2.0 + 5 * (f.stamp - 2.0)) if f.stamp > 2 else f for f in frames]
    assert FallDetector().replay(slowly) == []


def test_who_leaves_the_picture_upright_is_forgotten() -> None:
    standing = film([(0, STANDING), (10, STANDING)])
    detector = FallDetector()
    assert detector.replay(hidden(standing, 3)) == []
    assert detector.down == ()


def test_losing_sight_while_the_camera_turns_means_nothing() -> None:
    frames = [replace(f, camera=CameraMotion((0.5, 0.0))) for f in hidden(film(FALL), 2.6)]
    assert FallKind.DOWN not in kinds(FallDetector().replay(frames))


def test_a_camera_that_tips_up_does_not_let_people_fall() -> None:
    # The whole picture sinks by 0.4 image heights within half a second; the person stands.
    frames = []
    for f in film([(0, STANDING), (6, STANDING)], Camera(1.2)):
        moving = 2.0 <= f.stamp < 2.5
        shift = 0.4 * float(np.clip((f.stamp - 2.0) / 0.5, 0, 1))
        body = f.bodies[0]
        landmarks = body.pose.landmarks + np.array([0, shift, 0], np.float32)
        pose = replace(body.pose, landmarks=landmarks)
        camera = CameraMotion((0.0, 0.8 / f.aspect if moving else 0.0))
        frames.append(replace(f, bodies=(replace(body, pose=pose),), camera=camera))
    assert FallDetector().replay(frames) == []


def test_lying_in_a_bed_zone_is_resting_and_beside_it_is_not() -> None:
    frames = film(FALL)
    x, y = frames[-1].bodies[0].pose.landmarks[[23, 24], :2].mean(0)
    zone = " ".join(
        f"{min(max(x + dx, 0), 1):.2f},{min(max(y + dy, 0), 1):.2f}"
        for dx, dy in ((-0.4, -0.3), (0.4, -0.3), (0.4, 0.3), (-0.4, 0.3))
    )
    assert kinds(FallDetector(FallParameters(resting_places=[zone])).replay(frames)) in ([], ["suspected", "cleared"])
    beside = FallParameters(resting_places=["0,0 0.1,0 0.1,0.1"])
    assert "down" in kinds(FallDetector(beside).replay(frames))


def test_a_long_lie_is_said_once_more() -> None:
    parameters = FallParameters(long_lie=5)
    events = FallDetector(parameters).replay(film([*FALL, (20, replace(ON_FRONT, x=0.6))]))
    assert kinds(events) == ["suspected", "down", "long_lie"]
    assert 5 <= events[-1].stamp - events[-2].stamp < 5.5


def test_a_long_lie_runs_on_out_of_sight() -> None:
    frames = hidden(film([*FALL, (20, replace(ON_FRONT, x=0.6))]), 6)
    assert kinds(FallDetector(FallParameters(long_lie=5)).replay(frames)) == ["suspected", "down", "long_lie"]


def test_who_was_down_and_is_out_of_sight_for_an_hour_is_no_longer_known() -> None:
    detector = FallDetector()
    frames = film(FALL)
    detector.replay(frames)
    gone = [replace(frames[-1], stamp=frames[-1].stamp + s, bodies=()) for s in (10, 3000, 3700)]
    assert kinds(detector.replay(gone[:2])) == ["long_lie"]
    assert detector.down == ("a",)
    assert detector.update(gone[2]) == []
    assert detector.down == ()


def test_who_is_found_lying_on_the_floor_counts_as_down_after_a_while() -> None:
    events = FallDetector(FallParameters(found_lying=10)).replay(film([(0, ON_BACK), (15, ON_BACK)]))
    assert kinds(events) == ["suspected", "down"]
    assert events[-1].drop == 0
    assert events[-1].since < 1
    assert FallDetector(FallParameters(found_lying=0)).replay(film([(0, ON_BACK), (15, ON_BACK)])) == []


def test_the_fall_of_one_is_not_the_fall_of_the_other() -> None:
    falling = film(FALL, person="a")
    standing = film([(0, replace(STANDING, x=1.0)), (6, replace(STANDING, x=1.0))], person="b")
    both = [replace(f, bodies=f.bodies + g.bodies) for f, g in zip(falling, standing, strict=True)]
    detector = FallDetector()
    events = detector.replay(both)
    assert {e.person for e in events} == {"a"}
    assert detector.down == ("a",)


def test_a_clock_set_back_starts_anew() -> None:
    detector = FallDetector()
    detector.replay(film(FALL))
    assert detector.down
    assert kinds(detector.replay(film(FALL))) == ["suspected", "down"]


def test_a_replay_gives_the_same_events() -> None:
    frames = film(FALL)
    assert FallDetector().replay(frames) == FallDetector().replay(frames)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_evidence_is_told_in_words(lang: str) -> None:
    for kind in FallKind:
        for drop, unseen in ((1.2, False), (1.2, True), (0.0, False)):
            said = FallEvent(kind, "a", 130.0, 10.0, 0.9, drop, unseen).words(lang)
            assert said
            assert "{" not in said
    assert "1.2" in FallEvent(FallKind.DOWN, "a", 3.0, 2.0, 0.9, 1.2).words(lang)
    assert "2" in FallEvent(FallKind.LONG_LIE, "a", 130.0, 10.0, 0.9, 1.1).words(lang)


def test_confidence_rises_with_the_evidence() -> None:
    assert 0.4 < confidence(0) < confidence(0.5) < confidence(1) < 1
    assert confidence(1) == confidence(5)


@pytest.mark.parametrize("place", ["", "0.1,0.1 0.2,0.2", "a,b c,d e,f", "0,0 1,0 2,1", "0,0,0 1,1,1 0,1,1"])
def test_a_place_that_is_no_polygon_is_refused_by_name(place: str) -> None:
    with pytest.raises(ValidationError, match="is not a place"):
        FallParameters(resting_places=[place])


def test_a_place_is_its_corners() -> None:
    assert polygon("0,0 1,0 0.5,1").shape == (3, 2)


STANCES = [STANDING, ON_CHAIR, BENT_DOWN, SQUATTING, ON_BED, ON_BACK, ON_FRONT, ON_FLOOR_SITTING]
NEXT = {
    None: {"suspected"},
    "suspected": {"down", "cleared"},
    "down": {"long_lie", "recovered"},
    "long_lie": {"recovered"},
    "recovered": {"suspected"},
    "cleared": {"suspected"},
}


@settings(max_examples=15, deadline=None)
@given(
    stances=st.lists(st.tuples(st.floats(0.3, 3), st.sampled_from(STANCES)), min_size=2, max_size=6),
    fps=st.sampled_from([5, 8]),
    gone=st.tuples(st.floats(0, 8), st.floats(0, 4)),
    seed=st.integers(0, 9),
)
def test_events_of_one_person_follow_the_order_of_a_fall(stances: list, fps: int, gone: tuple, seed: int) -> None:
    movement, t = [(0.0, STANDING)], 0.0
    for seconds, stance in stances:
        t += seconds
        movement.append((t, stance))
    frames = hidden(film(movement, fps=fps, seed=seed), gone[0], gone[0] + gone[1])
    detector = FallDetector(FallParameters(long_lie=5))
    before: str | None = None
    last = 0.0
    for frame in frames:
        for event in detector.update(frame):
            assert event.kind in NEXT[before]
            assert event.since <= event.stamp == frame.stamp >= last
            assert 0 <= event.confidence <= 1
            before, last = str(event.kind), event.stamp
        assert ("a" in detector.down) == (before in ("down", "long_lie"))
