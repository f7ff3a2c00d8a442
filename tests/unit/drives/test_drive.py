"""Whose wish is followed, what ends it, and that nothing moves a robot that may not move."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.drives.dock import Dock
from dolbom.drives.drive import Drive
from dolbom.drives.observations import (
    Bumped,
    CameraTurned,
    Decision,
    Ended,
    Goal,
    Halted,
    InDistress,
    Move,
    Moved,
    Navigate,
    Navigated,
    Navigator,
    Observation,
    Outcome,
    Pose,
    Rank,
    Said,
    Scanned,
    StopNavigating,
    Tick,
    Watched,
    Wished,
    Withdrawn,
)
from dolbom.drives.parameters import DriveParameters
from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.pose import Pose as Skeleton
from dolbom.perception.positions import Position
from dolbom.perception.posture import Measures

P = DriveParameters(base="cmd_vel")
BEGIN, STEP, COUNT = -2.36, 0.0175, 270


class Plan:
    """A locator whose bodies carry their place in the robot's frame as their first landmark."""

    def body(self, landmarks: np.ndarray, lying: bool = False) -> Position:
        del lying
        return Position(landmarks[1, :2] * 10 - 5, np.eye(2) * 0.01, "torso")

    def on_plane(self, pixels: np.ndarray, height: float) -> np.ndarray:
        return np.column_stack([np.full((len(pixels), 2), np.nan), np.full(len(pixels), height)])


def body(at: tuple[float, float], id: str = "b1", lying: bool = False) -> Body:
    marks = np.zeros((33, 3), np.float32)
    marks[1, :2] = (np.array(at) + 5) / 10
    posture = "lying" if lying else "upright"
    return Body(id, Skeleton(marks, np.zeros((33, 3), np.float32)), Measures(0, 1.4, 0, 0.3, 1.0), posture, 0.9)


@dataclass
class Room:
    """An empty room 8 m wide in which one person stands; the base does what it is told."""

    person: tuple[float, float] | None = (3.0, 0.0)
    lying: bool = False
    drive: Drive = field(default_factory=lambda: Drive(P, Dock(), Plan()))
    now: float = 10.0
    pose: Pose = field(default_factory=Pose)
    command: tuple[float, float] = (0.0, 0.0)
    told: list[Decision] = field(default_factory=list)
    silent: frozenset[str] = frozenset()

    def tell(self, seen: Observation) -> list[Decision]:
        made = self.drive.observe(seen)
        for one in made:
            if isinstance(one, Move):
                self.command = (one.speed, one.turning)
            else:
                self.told.append(one)
        return made

    def step(self, seconds: float = 0.05) -> list[Decision]:
        speed, turning = self.command
        self.pose = Pose(
            self.pose.x + speed * seconds * math.cos(self.pose.heading),
            self.pose.y + speed * seconds * math.sin(self.pose.heading),
            self.pose.heading + turning * seconds,
        )
        self.now += seconds
        if "odometry" not in self.silent:
            self.tell(Moved(self.now, self.pose, *self.command))
        if "scan" not in self.silent:
            angles = BEGIN + STEP * np.arange(COUNT) + self.pose.heading
            with np.errstate(divide="ignore"):
                x = np.where(np.cos(angles) > 0, 4 - self.pose.x, -4 - self.pose.x) / np.cos(angles)
                y = np.where(np.sin(angles) > 0, 4 - self.pose.y, -4 - self.pose.y) / np.sin(angles)
            self.tell(Scanned(self.now, BEGIN, STEP, np.minimum(x, y)))
        if "bodies" not in self.silent:
            self.tell(Watched(self.frame()))
        return self.tell(Tick(self.now))

    def frame(self) -> Bodies:
        bodies: tuple[Body, ...] = ()
        if self.person is not None:
            at = self.pose.into(self.person)[0]
            if at[0] > 0.3 and abs(math.atan2(at[1], at[0])) < 0.6:
                bodies = (body((float(at[0]), float(at[1])), lying=self.lying),)
        return Bodies(self.now, 640, 480, bodies)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.step()
            if self.outcomes:
                return

    @property
    def outcomes(self) -> list[Outcome]:
        return [one.outcome for one in self.told if isinstance(one, Ended)]

    def come(self, **more: object) -> None:
        self.run(0.5)
        self.tell(Wished(self.now, Goal("g", **more)))  # type: ignore[arg-type]


def test_it_comes_stands_before_them_and_faces_them() -> None:
    room = Room()
    room.come()
    room.run(30)
    away = math.dist((3.0, 0.0), (room.pose.x, room.pose.y))
    assert room.outcomes == [Outcome.ARRIVED]
    assert 1.15 <= away - 0.2 <= 1.5
    assert abs(room.drive.gate.speed) == 0.0


def test_whoever_is_behind_it_is_searched_for() -> None:
    room = Room(person=(-2.5, -0.5))
    room.come()
    room.run(60)
    assert room.outcomes == [Outcome.ARRIVED]
    assert 1.15 <= math.dist((-2.5, -0.5), (room.pose.x, room.pose.y)) - 0.2 <= 1.5


def test_where_nobody_is_it_gives_up() -> None:
    room = Room(person=None)
    room.come(rank=Rank.DUE)
    room.run(P.search_s + 5)
    assert room.outcomes == [Outcome.NOT_FOUND]
    assert math.dist((0, 0), (room.pose.x, room.pose.y)) < 0.1


def test_it_keeps_farther_off_somebody_who_lies() -> None:
    room = Room(lying=True)
    room.come(reason="fall", rank=Rank.DISTRESS)
    nearest = math.inf
    for _ in range(600):
        room.step()
        nearest = min(nearest, math.dist((3.0, 0.0), (room.pose.x, room.pose.y)))
    assert room.outcomes == [Outcome.ARRIVED]
    assert nearest >= 1.15


ENDS = {
    "bumper": (lambda now: Bumped(now, True), Outcome.BUMPED),
    "emergency stop": (lambda now: Halted(now, True), Outcome.STOPPED),
    "camera off": (lambda now: CameraTurned(now, False), Outcome.BLIND),
    "멈춰": (lambda now: Said(now, "멈춰", "ko"), Outcome.STOPPED),
    "오지 마": (lambda now: Said(now, "오지 마", "ko"), Outcome.STOPPED),
    "go away": (lambda now: Said(now, "go away", "en"), Outcome.STOPPED),
    "taken back": (lambda now: Withdrawn(now, "g"), Outcome.STOPPED),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_ends_a_drive_stands_it_still_with_the_same_breath(what: str) -> None:
    room = Room()
    room.come()
    room.run(3)
    assert room.command[0] > 0.1
    seen, outcome = ENDS[what]
    made = room.tell(seen(room.now))
    assert room.command == (0.0, 0.0)
    assert [one.outcome for one in made if isinstance(one, Ended)] == [outcome]
    room.told.clear()
    for _ in range(40):
        room.step()
        assert room.command == (0.0, 0.0)


@pytest.mark.parametrize("what", ["scan", "odometry", "bodies"])
def test_without_a_sensor_it_stands_soon_goes_on_when_it_is_back_and_gives_up_when_it_is_not(what: str) -> None:
    room = Room(person=(3.9, 0.0))
    room.come()
    room.run(2)
    assert room.command[0] > 0.1
    room.silent, since = frozenset({what}), room.now
    while room.command != (0.0, 0.0):
        room.step()
    limit = P.camera_stale_s if what == "bodies" else 0.25
    assert room.now - since <= limit + 0.0501
    room.silent = frozenset()
    room.run(1)
    assert room.command[0] > 0.05
    room.silent = frozenset({what})
    room.run(P.wait_s + 3)
    assert room.outcomes == [Outcome.BLIND]


def test_after_stay_away_only_what_is_asked_for_or_a_call_brings_it() -> None:
    room = Room()
    room.come()
    room.run(1)
    room.tell(Said(room.now, "저리 가", "ko"))
    due = Goal("due", rank=Rank.DUE)
    room.told.clear()
    room.tell(Wished(room.now, due))
    assert room.outcomes == [Outcome.REFUSED]
    room.told.clear()
    room.tell(InDistress(room.now, "d1", cause="voice"))
    assert room.drive.goal is not None and room.drive.goal.rank is Rank.DISTRESS
    room.tell(Said(room.now, "오지 마", "ko"))
    room.told.clear()
    room.tell(Wished(room.now, Goal("again", rank=Rank.DISTRESS)))
    assert room.outcomes == [Outcome.REFUSED], "said in this distress, it holds for it"
    room.tell(Said(room.now, "이리 와", "ko"))
    assert room.drive.goal is not None, "until they call it"
    room.tell(InDistress(room.now, ""))
    room.told.clear()
    room.tell(Wished(room.now, Goal("asked")))
    assert room.drive.goal is not None
    room.tell(Withdrawn(room.now))
    room.told.clear()
    room.tell(Wished(room.now, due))
    assert room.outcomes == [], "who calls it wants it again"


def test_words_to_nobody_send_no_standing_robot_away() -> None:
    room = Room()
    room.run(200)
    room.tell(Said(room.now, "저리 가", "ko"))  # a television
    room.tell(Wished(room.now, Goal("due", rank=Rank.DUE)))
    assert room.drive.goal is not None


def test_the_more_urgent_wish_takes_over_and_the_less_urgent_waits_for_none() -> None:
    room = Room()
    room.run(0.5)
    room.tell(Wished(room.now, Goal("dock", dock=True, rank=Rank.DOCK)))
    room.tell(Wished(room.now, Goal("due", rank=Rank.DUE)))
    assert room.outcomes == [Outcome.PREEMPTED]
    room.tell(InDistress(room.now, "d1", cause="fall"))
    assert room.outcomes == [Outcome.PREEMPTED] * 2
    room.tell(Wished(room.now, Goal("asked")))
    assert room.outcomes[-1] is Outcome.REFUSED
    room.tell(InDistress(room.now, ""))
    assert room.outcomes[-1] is Outcome.STOPPED and room.drive.goal is None


def test_in_the_quiet_hours_only_a_call_or_somebodys_wish_moves_it() -> None:
    room = Room()
    room.run(0.5)
    room.tell(Tick(room.now, night=True))
    room.tell(Wished(room.now, Goal("due", rank=Rank.DUE)))
    assert room.outcomes == [Outcome.REFUSED]
    room.tell(InDistress(room.now, "d1", cause="fall"))
    fastest = 0.0
    for _ in range(200):
        room.tell(Tick(room.now, night=True))
        room.step()
        fastest = max(fastest, room.command[0])
    assert fastest <= P.speed


def test_it_waits_for_whoever_walks_towards_it_and_backs_off() -> None:
    room = Room(person=(3.6, 0.0))
    room.come()
    room.run(2)
    backed = False
    for _ in range(80):
        assert room.person is not None
        if room.person[0] - room.pose.x > 1.25:
            room.person = (room.person[0] - 0.5 * 0.05, 0.0)
        before = room.command[0]
        room.step()
        backed |= room.command[0] < 0
        if room.drive.doing.value == "giving_way":
            assert room.command[0] <= max(before, 0.0), "it brakes, and does not go on"
    assert backed
    assert room.outcomes in ([], [Outcome.ARRIVED])


def test_when_odometry_jumps_the_dock_is_not_known_any_more() -> None:
    room = Room()
    room.run(0.5)
    room.pose = Pose(2.0, 2.0, 1.0)
    room.step()
    room.tell(Wished(room.now, Goal("dock", dock=True, rank=Rank.DOCK)))
    assert room.outcomes == [Outcome.REFUSED]
    assert room.drive.away


def test_it_goes_back_to_where_it_was_switched_on() -> None:
    room = Room(person=(3.2, 1.0))
    room.come()
    room.run(30)
    assert room.outcomes == [Outcome.ARRIVED]
    room.told.clear()
    room.tell(Wished(room.now, Goal("dock", dock=True, rank=Rank.ASKED)))
    room.run(60)
    assert room.outcomes == [Outcome.DOCKED]
    assert math.hypot(room.pose.x, room.pose.y) < 0.16
    assert abs(math.remainder(room.pose.heading, 2 * math.pi)) < 0.1


def test_long_ways_are_left_to_nav2_and_taken_back_when_it_fails() -> None:
    room = Room(person=(3.8, 0.5))
    room.run(0.5)
    room.tell(Navigator(True))
    room.tell(Wished(room.now, Goal("g")))
    room.run(2)
    asked = [one for one in room.told if isinstance(one, Navigate)]
    assert len(asked) == 1
    assert 1.2 <= math.dist((3.8, 0.5), (asked[0].pose.x, asked[0].pose.y)) <= 1.6
    assert room.command == (0.0, 0.0), "the wheels are Nav2's"
    room.tell(Navigated(room.now, asked[0].id, False))
    room.run(40)
    assert room.outcomes == [Outcome.ARRIVED]


def test_told_to_stop_it_tells_nav2() -> None:
    room = Room(person=(3.8, 0.5))
    room.run(0.5)
    room.tell(Navigator(True))
    room.tell(Wished(room.now, Goal("g")))
    room.run(2)
    made = room.tell(Said(room.now, "멈춰", "ko"))
    assert any(isinstance(one, StopNavigating) for one in made)


senses = st.lists(
    st.tuples(
        st.sampled_from(["scan", "odometry", "bodies", "bump", "free", "stop", "come", "away", "off", "on", "none"]),
        st.floats(0.01, 0.4),
        st.floats(-3, 3),
        st.floats(-3, 3),
    ),
    max_size=60,
)


@given(senses)
def test_whatever_happens_it_moves_only_on_fresh_senses_and_within_its_limits(
    happened: list[tuple[str, float, float, float]],
) -> None:
    """Any order of any observations: stale, touched, halted or blind it stands."""
    room = Room()
    room.come()
    last = {"scan": room.now, "odometry": room.now, "bodies": room.now}
    pressed = off = False
    for what, seconds, x, y in happened:
        room.now += seconds
        match what:
            case "scan":
                ranges = np.full(COUNT, max(0.2, abs(x) + abs(y)))
                room.tell(Scanned(room.now, BEGIN, STEP, ranges))
            case "odometry":
                room.tell(Moved(room.now, Pose(room.pose.x, room.pose.y), *room.command))
            case "bodies":
                room.tell(Watched(Bodies(room.now, 640, 480, (body((x, y)),))))
            case "bump" | "free":
                pressed = what == "bump"
                room.tell(Bumped(room.now, pressed))
            case "off" | "on":
                off = what == "off"
                room.tell(CameraTurned(room.now, not off))
            case "stop" | "away":
                room.tell(Said(room.now, "멈춰" if what == "stop" else "저리 가", "ko"))
            case "come":
                room.tell(Wished(room.now, Goal(f"g{room.now}")))
        if what in last:
            last[what] = room.now
        room.tell(Tick(room.now))
        stale = room.now - last["scan"] > 0.25 or room.now - last["odometry"] > 0.25
        if pressed or off or stale or room.now - last["bodies"] > P.camera_stale_s or room.drive.goal is None:
            assert room.command == (0.0, 0.0), (what, pressed, off, stale)
        assert -P.back_speed <= room.command[0] <= P.speed
        assert abs(room.command[1]) <= P.turning
