"""Ids of people over frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.unit.perception.stick_figure import ON_FRONT, STANDING, Camera, pose

from dolbom.perception.pose import Pose
from dolbom.perception.tracking import Tracker, same_person

CAMERA = Camera()
ASPECT = CAMERA.width / CAMERA.image_height
LEFT, RIGHT = replace(STANDING, x=-0.8), replace(STANDING, x=0.8)


def seen(x: float = 0.0) -> Pose:
    return pose(replace(STANDING, x=x), CAMERA)


def test_an_id_stays_while_somebody_walks_and_is_reported_from_the_second_sighting() -> None:
    tracker, ids = Tracker(), []
    for i in range(20):
        people, lost = tracker.update(i / 10, [seen(-1 + i * 0.1)], ASPECT)
        ids.append([p.id for p in people])
        assert not lost
    assert ids[0] == []
    assert len({one for here in ids for one in here}) == 1
    assert all(len(here) == 1 for here in ids[1:])


def test_two_people_keep_their_ids_in_whatever_order_they_are_found() -> None:
    tracker = Tracker()
    for i in range(10):
        found = [pose(LEFT, CAMERA), pose(RIGHT, CAMERA)]
        people, _ = tracker.update(i / 10, found if i % 2 else found[::-1], ASPECT)
        if i == 1:
            left = next(p.id for p in people if p.pose.landmarks[0, 0] < 0.5)
    assert {p.id for p in people if p.pose.landmarks[0, 0] < 0.5} == {left}
    assert len(people) == 2


def test_a_fall_does_not_change_the_id_at_five_frames_a_second() -> None:
    tracker = Tracker()
    for i in range(3):
        before, _ = tracker.update(i / 5, [seen()], ASPECT)
    after, _ = tracker.update(0.8, [pose(replace(ON_FRONT, x=0.6), CAMERA)], ASPECT)
    assert [p.id for p in after] == [p.id for p in before]


def test_who_is_lost_is_told_once_and_comes_back_with_the_same_id() -> None:
    tracker, told = Tracker(), []
    for i in range(3):
        people, _ = tracker.update(i / 10, [seen()], ASPECT)
    for i in range(3, 20):
        _, lost = tracker.update(i / 10, [], ASPECT)
        told += lost
    assert told == [people[0].id]
    assert tracker.missing() is not None
    back, _ = tracker.update(2.0, [seen(0.2)], ASPECT)
    assert [p.id for p in back] == told
    assert tracker.missing() is None


def test_somebody_known_to_be_down_is_remembered_longer() -> None:
    for down, expected in (True, 1), (False, 0):
        tracker = Tracker(keep=1)
        for i in range(3):
            people, _ = tracker.update(i / 10, [seen()], ASPECT)
        known = [people[0].id] if down else []
        for i in range(20):
            tracker.update(1 + i, [], ASPECT, known)
        assert len(tracker.update(22, [seen()], ASPECT, known)[0]) == expected


def test_what_is_seen_once_only_is_nobody() -> None:
    tracker = Tracker()
    assert tracker.update(0, [seen()], ASPECT) == ([], [])
    for i in range(1, 20):
        assert tracker.update(i / 10, [], ASPECT) == ([], [])
    assert tracker.missing() is None


def test_a_person_found_twice_in_a_frame_is_one_person() -> None:
    tracker = Tracker()
    once = seen()
    again = Pose(once.landmarks + np.float32([0.01, 0.01, 0]), once.world, turned=True)
    assert same_person(once.landmarks, again.landmarks, ASPECT)
    for i in range(3):
        people, _ = tracker.update(i / 10, [again, once], ASPECT)
    assert len(people) == 1
    assert not people[0].pose.turned


def test_something_of_a_quite_other_size_does_not_take_over_the_id() -> None:
    tracker = Tracker()
    for i in range(3):
        people, _ = tracker.update(i / 10, [seen()], ASPECT)
    small = people[0].pose.landmarks.copy()
    small[:, :2] = 0.5 + (small[:, :2] - 0.5) / 5
    chair = Pose(small, people[0].pose.world)
    for i in range(3, 6):
        now, _ = tracker.update(i / 10, [chair], ASPECT)
    assert people[0].id not in {p.id for p in now}


def test_a_clock_set_back_starts_anew() -> None:
    tracker = Tracker()
    for i in range(3):
        first, _ = tracker.update(100 + i / 10, [seen()], ASPECT)
    for i in range(3):
        second, _ = tracker.update(i / 10, [seen()], ASPECT)
    assert [p.id for p in first] != [p.id for p in second]


def test_ids_are_opaque_and_differ_between_two_runs() -> None:
    ids = set()
    for _ in range(2):
        tracker = Tracker()
        for i in range(2):
            people, _ = tracker.update(i / 10, [seen()], ASPECT)
        ids.add(people[0].id)
    assert len(ids) == 2
    assert all(one.isalnum() and len(one) < 12 for one in ids)


def test_a_fall_that_was_drawn_only_when_it_was_over_keeps_the_id() -> None:
    tracker = Tracker()
    for i in range(5):
        before, _ = tracker.update(i / 20, [seen()], ASPECT)
    lying = pose(replace(ON_FRONT, x=0.5), CAMERA)
    # 0.05 s later: no shoulders move so fast, so this may be a body drawn wrongly. It stays, so it is not.
    ids = [[p.id for p in tracker.update(0.25 + i / 20, [lying], ASPECT)[0]] for i in range(14)]
    assert ids[3] != [before[0].id]
    assert ids[-1] == [before[0].id]
    assert tracker.missing() is None


def test_a_body_drawn_wrongly_for_a_moment_does_not_take_over_the_id() -> None:
    tracker = Tracker()
    for i in range(5):
        before, _ = tracker.update(i / 20, [seen()], ASPECT)
    lying = pose(replace(ON_FRONT, x=0.5), CAMERA)
    for i in range(6):
        tracker.update(0.25 + i / 20, [lying], ASPECT)
    after, _ = tracker.update(0.55, [seen()], ASPECT)
    assert [p.id for p in after] == [before[0].id]


def test_somebody_who_lies_across_the_room_does_not_take_over_the_id() -> None:
    tracker = Tracker()
    for i in range(5):
        before, _ = tracker.update(i / 20, [seen(-1.2)], ASPECT)
    lying = pose(replace(ON_FRONT, x=1.5), CAMERA)
    for i in range(14):
        after, _ = tracker.update(0.25 + i / 20, [lying], ASPECT)
    assert [p.id for p in after] != [before[0].id]
