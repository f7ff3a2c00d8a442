"""People in the flat: where they go, how they stand, sit, lie and fall; worked out without a simulator."""

from __future__ import annotations

import numpy as np
import pytest

from dolbom.errors import UserError
from dolbom.simulation.body import Body
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.installation import installation
from dolbom.simulation.person import Manner, Person
from dolbom.simulation.ways import Ways

# The figure and its recorded walk are files of the simulator.
pytestmark = [pytest.mark.gazebo, pytest.mark.timeout(120)]

STEP = 1 / 15


@pytest.fixture(scope="module")
def home() -> Home:
    return read_home()


@pytest.fixture(scope="module")
def body() -> Body:
    return Body(installation().media)


@pytest.fixture(scope="module")
def ways(home: Home) -> Ways:
    return Ways(home)


@pytest.fixture
def person(home: Home, body: Body, ways: Ways) -> Person:
    return Person("resident", body, home, ways, seed=1, at="rug")


def play(person: Person, limit_s: float = 60.0) -> list[np.ndarray]:
    """Until nothing is left to be done; the pelvis at every step."""
    track = [person.pose.hips.copy()]
    while person.busy:
        person.advance(STEP)
        track.append(person.pose.hips.copy())
        assert len(track) * STEP < limit_s, f"still at {person.doing}"
    return track


def lowest(person: Person) -> float:
    return float(person.body.surface(person.pose)[:, 2].min())


def highest(person: Person) -> float:
    return float(person.body.surface(person.pose)[:, 2].max())


@pytest.mark.parametrize("place", ["stove", "bathroom_sink", "wardrobe", "door"])
def test_somebody_walks_to_a_place_at_their_speed_with_their_feet_on_the_floor(person: Person, place: str) -> None:
    track = np.array(play_checked(person, place))
    spot = person.home.place(place)
    assert np.hypot(*(track[-1, :2] - spot.at)) < 0.12
    assert abs((person.heading - spot.heading + 180) % 360 - 180) < 9
    speeds = np.linalg.norm(np.diff(track[:, :2], axis=0), axis=1) / STEP
    assert speeds.max() < 2.2 * person.manner.speed
    assert person.posture == "standing"


def play_checked(person: Person, place: str) -> list[np.ndarray]:
    person.walk_to(place)
    track = []
    while person.busy:
        person.advance(STEP)
        track.append(person.pose.hips.copy())
        if len(track) % 20 == 0:
            assert abs(lowest(person)) < 0.03
    return track


@pytest.mark.parametrize("kind", ["left", "right", "forward", "backward", "slump"])
def test_a_fall_ends_flat_on_the_floor_inside_the_flat_within_three_seconds(person: Person, kind) -> None:
    person.fall(kind)
    assert person.busy
    track = play(person, 4.0)
    assert person.posture == "on_floor"
    assert highest(person) < 0.62
    assert abs(lowest(person)) < 0.03
    skin = person.body.surface(person.pose)
    width, depth = person.home.outline
    assert (skin[:, :2] > -0.1).all() and (skin[:, 0] < width + 0.1).all() and (skin[:, 1] < depth + 0.1).all()
    # A fall: the pelvis comes down by more than half a metre in a second.
    heights = np.array(track)[:, 2]
    assert (heights[:-15] - heights[15:]).max() > 0.5


def test_who_has_fallen_gets_up_again_and_walks_on(person: Person) -> None:
    person.fall("left")
    play(person)
    person.walk_to("sofa")
    play(person)
    assert person.posture == "standing"
    assert highest(person) > 1.5


def test_somebody_sits_on_the_seat_and_lies_on_the_mattress(person: Person) -> None:
    person.sit("sofa")
    play(person)
    thighs = person.body.weights[:, person.body.names.index("LeftUpLeg")] > 0.6
    assert person.posture == "sitting"
    assert person.body.surface(person.pose)[thighs][:, 2].min() == pytest.approx(0.44, abs=0.06)
    person.lie_in_bed()
    play(person)
    assert person.posture == "in_bed" and person.room == "bedroom"
    assert lowest(person) == pytest.approx(0.45, abs=0.03)
    head = person.body.joints(person.pose)["Head"]
    assert head[1] < person.pose.hips[1] - 0.3  # the pillow is in the south


def test_sitting_down_hard_is_quicker_than_sitting_down(person: Person) -> None:
    person.sit("sofa")
    play(person)
    person.stand_up()
    play(person)
    seconds = []
    for hard in (False, True):
        person.sit(hard=hard)
        seconds.append(len(play(person)) * STEP)
        person.stand_up()
        play(person)
    assert seconds[1] < 0.5 * seconds[0]


@pytest.mark.parametrize(
    ("order", "posture", "height"),
    [
        ("kneel", "kneeling", (1.0, 1.4)),
        ("lie_on_floor", "on_floor", (0.1, 0.5)),
        ("crawl", "all_fours", (0.4, 1.0)),
        ("pick_up", "standing", (1.5, 1.8)),
        ("wave", "standing", (1.5, 1.8)),
    ],
)
def test_other_things_that_people_do(person: Person, order: str, posture: str, height: tuple[float, float]) -> None:
    getattr(person, order)()
    play(person)
    assert person.posture == posture
    assert height[0] < highest(person) < height[1]


def test_kneeling_takes_a_step_and_not_a_slide_across_the_room(person: Person) -> None:
    begin = person.pose.hips[:2].copy()
    person.kneel()
    fastest, last = 0.0, begin
    while person.busy:
        now = person.advance(1 / 15).hips[:2]
        fastest, last = max(fastest, float(np.hypot(*(now - last))) * 15), now.copy()
    assert float(np.hypot(*(last - begin))) < 0.8
    assert fastest < 1.3


def test_somebody_rolls_out_of_bed_and_out_of_a_chair(person: Person) -> None:
    person.lie_in_bed()
    play(person)
    person.fall("out_of_bed")
    play(person)
    assert person.posture == "on_floor" and highest(person) < 0.6 and lowest(person) < 0.03
    person.sit("chair")
    play(person)
    person.fall("from_chair")
    play(person)
    assert person.posture == "on_floor" and highest(person) < 0.6


def test_a_visitor_comes_in_and_goes_and_is_nowhere_in_between(home: Home, body: Body, ways: Ways) -> None:
    visitor = Person("visitor", body, home, ways, seed=2, at="outside")
    assert visitor.posture == "away"
    visitor.enter("living")
    play(visitor)
    assert visitor.room == "living"
    visitor.leave()
    play(visitor)
    assert visitor.posture == "away" and visitor.pose.hips[2] < -10


def test_one_seed_gives_one_play_and_another_gives_another(home: Home, body: Body, ways: Ways) -> None:
    def played(seed: int) -> np.ndarray:
        person = Person("resident", body, home, ways, seed=seed, at="rug")
        person.fall("forward")
        return np.array(play(person))

    assert np.array_equal(played(3), played(3))
    assert not np.array_equal(played(3), played(4))
    assert Manner.of(3) == Manner.of(3) != Manner.of(4)


def test_what_cannot_be_done_is_refused_and_nothing_happens(person: Person) -> None:
    for order in (lambda: person.sit("stove"), lambda: person.lie_in_bed("sofa"), lambda: person.walk_to("moon"),
                  lambda: person.fall("upwards")):  # fmt: skip
        with pytest.raises(UserError):
            order()


def test_a_fall_comes_at_once_whatever_was_to_be_done(person: Person) -> None:
    person.walk_to("stove")
    for _ in range(20):
        person.advance(STEP)
    person.fall("slump")
    assert person.doing == "fall"
    play(person, 5.0)
    assert person.posture == "on_floor"
