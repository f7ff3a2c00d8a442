"""Decides from time-stamped bodies who has fallen: upright → suspected → down → recovered or cleared."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dolbom.i18n import phrase
from dolbom.perception.blind import UP_FOR_S, BlindSpell, LastLook, ends_at
from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.pose import ANKLES, HIPS, SHOULDERS
from dolbom.perception.posture import flatness
from dolbom.perception.tracking import HANDOVER_REACH, core_distance

# Posture is judged over this many seconds: one frame's landmarks may be wrong.
MOMENT = 0.3
# Seconds of history kept of each person.
MEMORY = 3.0
# Seconds after which somebody out of sight, of whom nothing was suspected, is forgotten.
FORGET = 5.0
# The same for somebody who is down: by then the long lie was told, and the track is long gone.
FORGET_DOWN = 3600.0
# Shoulders sink by no more than the sitting height and this, metres, when somebody who sits on the floor lies down.
LYING_DOWN = 0.15
# Coefficients of `confidence`.
CONFIDENCE_AT_ONCE, CONFIDENCE_GAIN = -0.08, 3.90
# Somebody found lying may be asleep; how often that is so was not measured.
FOUND_CONFIDENCE = 0.5
# Flatter than this nobody is up. Somebody who lies may be drawn a little upright, somebody who sits is far from it.
UP = -2.0
# Whoever was up within so many seconds before the last look was up then: a fall may have begun since.
UP_LATELY = 2.0
# Somebody who collapses and is lost from sight may have fallen out of the picture, or behind something, before their
# shoulders were seen to sink far: the shoulders' height over the ankles fell by so many metres in so many seconds, to
# less than sitting, with the torso leaning so many degrees (whoever kneels keeps it upright). To stay out of sight for
# so many seconds is then enough.
COLLAPSE = 0.6
COLLAPSE_WITHIN = 0.6
COLLAPSED = 0.6
LEANING = 45.0
COLLAPSE_UNSEEN = 2.0
# The same for whoever went out of a side of the picture, where the end of the fall is never seen: so many metres, to so
# many (whoever sits is higher), leaning so many degrees. Who is lost so near to a side, of the width, went out there.
COLLAPSE_BESIDE, COLLAPSED_BESIDE, LEANING_BESIDE = 0.35, 0.88, 33.0
WENT_OUT = 0.2
# Whose shoulders are nearer to the left or right edge than so many metres at their own scale is partly beyond it. Of
# that part the network guesses; it squeezes a kneeling person into the picture, on the floor. For those who fill the
# picture it is this share of its width. What was seen before that still counts, and not to be seen at all.
BESIDE = 0.5
BESIDE_AT_MOST = 0.15
# Whoever falls towards a side was well inside just before: who was so within so many seconds, or is suspected to have
# fallen, is looked at up to this share of the picture's width.
INSIDE_LATELY = 2.0
EDGE = 0.08
# Whoever is drawn lying beyond a side for so many seconds does not kneel there for a moment: they are looked at, too.
BESIDE_FOR = 30.0
# A gap between frames counts for no more than this many seconds of evidence.
LONGEST_STEP = 0.5


class FallKind(StrEnum):
    """What can be said of one person's fall."""

    SUSPECTED = "suspected"
    DOWN = "down"
    LONG_LIE = "long_lie"
    RECOVERED = "recovered"
    CLEARED = "cleared"


class FallParameters(BaseModel):
    """Thresholds in metres and seconds, at the scale of the person in the picture; how they were chosen is in
    docs/falls.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: float = Field(
        1.0, ge=0.4, le=3.0, description="Seconds within which the shoulders must fall; lying down takes longer."
    )
    least_drop: float = Field(
        0.45, ge=0.1, le=1.5, description="Least fall of the shoulders that raises a suspicion, metres."
    )
    free_drop: float = Field(0.40, ge=0.0, le=1.5, description="Fall of the shoulders that is no evidence yet, metres.")
    span: float = Field(0.30, gt=0.0, le=1.5, description="Metres over `free_drop` at which the drop says all it can.")
    free_rest: float = Field(
        0.35,
        ge=0.0,
        le=1.0,
        description="Metres over the floor up to which shoulders come to rest after a fall; higher speaks for a bed.",
    )
    rest_weight: float = Field(
        0.8, ge=0.0, le=5.0, description="Metres of fall that each metre over `free_rest` outweighs."
    )
    least_height: float = Field(
        0.55,
        ge=0.0,
        le=1.0,
        description="Shoulders lower than this over the ankles, metres, already sat on the floor: that is lying down.",
    )
    enough: float = Field(0.8, gt=0.0, le=10.0, description="Evidence, in seconds, that makes a suspicion certain.")
    patience: float = Field(
        2.0, gt=0.0, le=60.0, description="Seconds without any evidence after which a suspicion is cleared."
    )
    upright_for: float = Field(
        1.0, gt=0.0, le=10.0, description="Seconds of being upright that end a suspicion or a fall."
    )
    long_lie: float = Field(
        60.0, ge=5.0, le=3600.0, description="Seconds on the floor after which it is said again, more urgently."
    )
    found_lying: float = Field(
        90.0,
        ge=0.0,
        le=7200.0,
        description="Seconds of lying outside resting places after which an unseen fall is assumed; 0 for never.",
    )
    blind_for: float = Field(
        300.0,
        ge=0.0,
        le=3600.0,
        description="Longest time in which nothing was seen after which those who were up before it are looked for,"
        " seconds.",
    )
    found_after_blind: float = Field(
        3.0,
        ge=0.5,
        le=60.0,
        description="Seconds of lying after which somebody who was up before such a time has fallen in it.",
    )
    missing_after: float = Field(
        10.0,
        ge=0.0,
        le=600.0,
        description="Seconds after such a time in which somebody who was up before it is not found: then they are asked"
        " about; 0 for never.",
    )
    still: float = Field(
        0.15,
        ge=0.0,
        le=2.0,
        description="Camera motion, image widths per second, above which losing sight of somebody means nothing.",
    )
    resting_places: list[str] = Field(
        default_factory=list,
        description="Beds and sofas in the picture of a camera that stands still: corners `x,y x,y x,y …`, 0..1.",
    )

    @field_validator("resting_places")
    @classmethod
    def _readable(cls, places: list[str]) -> list[str]:
        for place in places:
            polygon(place)
        return places


def polygon(corners: str) -> npt.NDArray[np.float32]:
    """The corners `x,y x,y x,y …` of a place in the picture, shape (n, 2).

    Raises:
        ValueError: if they are not at least three corners within 0..1.
    """
    try:
        points = [tuple(float(value) for value in corner.split(",")) for corner in corners.split()]
    except ValueError:
        points = []
    if len(points) < 3 or any(len(p) != 2 or not all(0 <= v <= 1 for v in p) for p in points):
        raise ValueError(f"{corners!r} is not a place: write three or more corners, as in '0.1,0.5 0.4,0.5 0.4,0.9'")
    return np.array(points, np.float32)


@dataclass(frozen=True)
class FallEvent:
    """One step of one person's fall.

    Attributes:
        kind: what happened.
        person: id of the body.
        stamp: time of the frame that led to it, seconds.
        since: when the fall began, or, of somebody found lying, when the lying was first seen; seconds.
        confidence: probability that it is a real fall, see docs/falls.md.
        drop: metres that the shoulders fell; 0 if the fall was not seen.
        unseen: whether the person is out of sight.
        blind: whether it happened while the process that sees was being started again.
    """

    kind: FallKind
    person: str
    stamp: float
    since: float
    confidence: float
    drop: float = 0.0
    unseen: bool = False
    blind: bool = False

    def words(self, lang: str) -> str:
        """The evidence in plain words, for people."""
        if self.kind in (FallKind.RECOVERED, FallKind.CLEARED):
            return phrase(lang, f"falls.{self.kind}")
        how = "found" if self.drop == 0 else "unseen" if self.unseen else "seen"
        if self.blind:
            how = "blind_unseen" if self.unseen and self.kind is FallKind.SUSPECTED else "blind_found"
        said = phrase(lang, f"falls.{how}", drop=f"{self.drop:.1f}")
        if self.kind is FallKind.LONG_LIE:
            said += phrase(lang, "falls.since", minutes=max(1, round((self.stamp - self.since) / 60)))
        return said


def _from_a_side(landmarks: npt.NDArray[np.float32]) -> float:
    """How far the shoulders are from the nearer side, as a share of the picture's width."""
    across = float(landmarks[SHOULDERS, 0].mean())
    return min(across, 1.0 - across)


@dataclass(frozen=True)
class _Sighting:
    stamp: float
    shoulders: float  # level in the picture, image heights downwards, the camera's own motion taken out
    feet: float  # the same of the ankles
    scale: float  # image heights per metre
    tilt: float
    height: float
    flat: float


@dataclass
class _Person:
    id: str
    sightings: deque[_Sighting] = field(default_factory=deque)
    kind: FallKind | None = None  # suspected, down, long_lie or nothing
    since: float = 0.0
    down_at: float = 0.0
    drop: float = 0.0
    weight: float = 0.0
    evidence: float = 0.0
    evident_at: float = 0.0  # when there was evidence last, or the suspicion began
    upright_since: float | None = None
    lying_since: float | None = None
    up_since: float | None = None  # upright, sitting, or resting where one rests
    up_at: float = float("-inf")
    first: float = 0.0  # stamp of the first sighting
    inside_at: float = float("-inf")  # when they were well inside the picture last
    landmarks: npt.NDArray[np.float32] | None = None  # at the last one
    blind: bool = False  # fell while nothing was seen
    folded: bool = False  # suspected by its collapse alone

    @property
    def is_down(self) -> bool:
        return self.kind in (FallKind.DOWN, FallKind.LONG_LIE)

    def recent(self, seconds: float) -> list[_Sighting]:
        last = self.sightings[-1].stamp
        return [s for s in self.sightings if last - s.stamp <= seconds]

    def moment(self, name: str) -> float:
        return float(median(getattr(s, name) for s in self.recent(MOMENT)))


@dataclass(frozen=True)
class _Drop:
    """A fall of the shoulders: how far in metres, since when, how much it speaks for a fall."""

    metres: float
    began: float
    weight: float


class FallDetector:
    """Follows everybody in view and says when somebody falls, lies on the floor and is up again.

    Feed it with every frame's bodies in order of time; it is deterministic, so that a list of them can be replayed.

    A quick drop of the shoulders that ends low raises a suspicion. From then on, every second of looking like a body
    on the floor, or of being out of sight, adds evidence: the more the further the shoulders fell, the nearer the
    floor they came to rest and the flatter the body is. Enough of it means `down`; being upright again clears it.

    `down` is what starts the robot's question; `suspected` only makes it look again.

    Args:
        parameters: the thresholds.
        before: who was up at the last look of the process before this one.
    """

    def __init__(self, parameters: FallParameters | None = None, before: LastLook | None = None) -> None:
        self.parameters = parameters or FallParameters()
        self._before = before
        self._spell: BlindSpell | None = None
        self.moved = False
        """The camera is not where the resting places were told for: none of them holds."""
        self._people: dict[str, _Person] = {}
        self._beside: dict[str, tuple[float, float]] = {}  # who lies partly beyond a side: since when, and when last
        self._stamp: float | None = None
        self._camera_level = 0.0

    @property
    def parameters(self) -> FallParameters:
        """May be replaced at any time; people who are followed stay so."""
        return self._parameters

    @parameters.setter
    def parameters(self, parameters: FallParameters) -> None:
        self._parameters = parameters
        self._resting_places = [polygon(place) for place in parameters.resting_places]

    @property
    def down(self) -> tuple[str, ...]:
        """Ids of the people known to be down."""
        return tuple(p.id for p in self._people.values() if p.is_down)

    @property
    def last_look(self) -> LastLook | None:
        """Who was up at the last frame, for the process that may have to follow this one; None before the first."""
        if self._stamp is None:
            return None
        lately = self._stamp - UP_LATELY
        return LastLook(
            stamp=self._stamp, up=tuple(p.id for p in self._people.values() if p.up_at >= lately and not p.is_down)
        )

    def replay(self, frames: Iterable[Bodies]) -> list[FallEvent]:
        """All events of a list of frames."""
        return [event for frame in frames for event in self.update(frame)]

    def update(self, frame: Bodies) -> list[FallEvent]:
        """Takes what the next frame shows and returns what follows from it.

        A frame older than the one before (a looped clip, a restarted simulation) starts anew.
        """
        if self._stamp is not None and frame.stamp < self._stamp:
            self._people.clear()
            self._beside.clear()
            self._stamp = None
        elapsed = 0.0 if self._stamp is None else frame.stamp - self._stamp
        if self._before is not None:
            before, self._before = self._before, None
            if ends_at(before, frame.stamp, self.parameters.blind_for):
                self._spell = BlindSpell(before, frame.stamp, self.parameters.missing_after)
        self._stamp = frame.stamp
        self._camera_level += frame.camera.velocity[1] * elapsed * frame.aspect
        elapsed = min(elapsed, LONGEST_STEP)
        events: list[FallEvent] = []
        bodies = [body for body in frame.bodies if self._inside(body, frame)]
        for body in bodies:
            person = self._people[body.id]
            self._sight(person, body, frame)
            events += self._judge_seen(person, self._rests(body), frame.stamp, elapsed)
        seen = {body.id for body in bodies}
        for person in [p for p in self._people.values() if p.id not in seen]:
            events += self._judge_unseen(person, frame, elapsed)
        return events + self._judge_missing(seen, frame.stamp)

    def _sight(self, person: _Person, body: Body, frame: Bodies) -> None:
        m = body.measures
        shoulders = float(body.pose.landmarks[SHOULDERS, 1].mean()) - self._camera_level
        feet = float(body.pose.landmarks[ANKLES, 1].mean()) - self._camera_level
        flat = flatness(m.tilt, m.height)
        person.sightings.append(_Sighting(frame.stamp, shoulders, feet, m.scale, m.tilt, m.height, flat))
        person.landmarks = body.pose.landmarks
        while frame.stamp - person.sightings[0].stamp > MEMORY:
            person.sightings.popleft()

    def _drop(self, person: _Person) -> _Drop:
        """How the shoulders fell within the window up to the last sighting."""
        p = self.parameters
        window = person.recent(p.window)
        # Who comes nearer sinks in the picture and grows: the larger scale makes little of that.
        scale = max(median(s.scale for s in window), person.moment("scale"), 1e-3)
        top, last = min(window, key=lambda s: s.shoulders), window[-1]
        before = [s for s in person.sightings if abs(s.stamp - top.stamp) <= MOMENT]
        feet = median(s.feet for s in before)
        metres = (last.shoulders - top.shoulders) / scale
        # Where the shoulders came to rest over the floor on which the feet stood before.
        rest = (feet - last.shoulders) / scale
        height = median(s.height for s in before)
        if height < p.least_height and metres < height + LYING_DOWN:
            return _Drop(metres, top.stamp, 0.0)
        weight = (metres - p.free_drop - p.rest_weight * max(0.0, rest - p.free_rest)) / p.span
        return _Drop(metres, top.stamp, float(np.clip(weight, 0, 1)))

    def _collapse(self, person: _Person, *, beyond: bool) -> _Drop:
        """How the body went down before it was lost from sight; without weight if it did not, or not far enough.

        Args:
            beyond: it is still drawn, beyond a side of the picture.
        """
        window = person.recent(COLLAPSE_WITHIN)
        top, last = max(window, key=lambda s: s.height), window[-1]
        metres = top.height - last.height
        far = metres >= COLLAPSE and last.height < COLLAPSED and last.tilt > LEANING
        if beyond or (person.landmarks is not None and _from_a_side(person.landmarks) < WENT_OUT):
            low = last.height < COLLAPSED_BESIDE and last.tilt > LEANING_BESIDE
            far = far or (metres >= COLLAPSE_BESIDE and low)
        return _Drop(metres, top.stamp, self.parameters.enough / COLLAPSE_UNSEEN if far else 0.0)

    def _inside(self, body: Body, frame: Bodies) -> bool:
        """Whether what is drawn of somebody is in the picture rather than guessed."""
        far = _from_a_side(body.pose.landmarks)
        person = self._people.get(body.id)
        if far > min(BESIDE * body.measures.scale / frame.aspect, BESIDE_AT_MOST):
            person = self._people.setdefault(body.id, _Person(body.id, first=frame.stamp))
            person.inside_at = frame.stamp
            return True
        lately = person is not None and (person.kind is not None or frame.stamp - person.inside_at <= INSIDE_LATELY)
        return (lately and far > EDGE) or self._lies_beside(body, frame.stamp)

    def _lies_beside(self, body: Body, stamp: float) -> bool:
        """Whether somebody partly beyond a side has been drawn lying for long."""
        self._beside = {id: (since, last) for id, (since, last) in self._beside.items() if stamp - last < FORGET}
        if flatness(body.measures.tilt, body.measures.height) <= 1:
            self._beside.pop(body.id, None)
            return False
        since, _ = self._beside.get(body.id, (stamp, stamp))
        self._beside[body.id] = since, stamp
        if stamp - since < BESIDE_FOR:
            return False
        person = self._people.setdefault(body.id, _Person(body.id, first=since))
        person.lying_since = since if person.lying_since is None else person.lying_since
        return True

    def _drawn_anew(self, person: _Person, frame: Bodies) -> bool:
        """Whether somebody who was not there before stands where this person was: the tracker will find that out."""
        return person.landmarks is not None and any(
            new.first > person.sightings[-1].stamp
            and new.sightings[-1].flat < UP
            and core_distance(person.landmarks, body.pose.landmarks, frame.aspect) < HANDOVER_REACH
            for body in frame.bodies
            if (new := self._people.get(body.id)) is not None  # who is beyond a side may never have been looked at
        )

    def _judge_seen(self, person: _Person, resting: bool, stamp: float, elapsed: float) -> list[FallEvent]:
        p = self.parameters
        drop, flat = self._drop(person), person.moment("flat")
        upright = person.moment("tilt") < 40 and person.moment("height") > 0.65
        person.upright_since = None if not upright else stamp if person.upright_since is None else person.upright_since
        if flat < 0 or resting:
            person.lying_since = None
        elif flat > 1 and person.lying_since is None:
            person.lying_since = stamp
        up = flat < UP or resting
        person.up_since = None if not up else stamp if person.up_since is None else person.up_since
        person.up_at = stamp if up else person.up_at
        up_again = person.upright_since is not None and stamp - person.upright_since >= p.upright_for
        if person.is_down:
            return self._end(person, FallKind.RECOVERED, stamp) if up_again else self._long_lie(person, stamp, False)
        if person.kind is None:
            if drop.metres >= p.least_drop and flat > 0 and not resting:
                return self._suspect(person, drop, stamp, unseen=False)
            return self._found_lying(person, stamp)
        if drop.metres > person.drop:
            person.drop = drop.metres
        if drop.weight > person.weight:
            person.weight, person.folded = drop.weight, False
        person.evidence = max(0.0, person.evidence + elapsed * person.weight * float(np.clip(flat, -2, 3)))
        if resting or up_again or self._nothing_in_it(person, stamp):
            return self._end(person, FallKind.CLEARED, stamp)
        return self._down(person, stamp, unseen=False) if person.evidence >= p.enough else []

    def _judge_unseen(self, person: _Person, frame: Bodies, elapsed: float) -> list[FallEvent]:
        p = self.parameters
        person.upright_since = None
        unseen_for = frame.stamp - person.sightings[-1].stamp
        if unseen_for > (FORGET_DOWN if person.is_down else FORGET) and person.kind is not FallKind.SUSPECTED:
            del self._people[person.id]
            return []
        if person.is_down:
            return self._long_lie(person, frame.stamp, unseen=True)
        still = max(abs(v) for v in frame.camera.velocity) < p.still
        flat = max(s.flat for s in person.recent(MOMENT))
        fell_out_of_sight = still and (flat > UP or person.folded)
        if person.kind is None:
            beyond = any(body.id == person.id for body in frame.bodies)  # of whom what is drawn is a guess
            if not still or not (beyond or person.id in frame.lost):
                return []
            drop = self._drop(person)
            if fell_out_of_sight and not beyond and drop.metres >= p.least_drop:
                return self._suspect(person, drop, frame.stamp, unseen=True)
            drop = self._collapse(person, beyond=beyond)
            return self._suspect(person, drop, frame.stamp, unseen=True, folded=True) if drop.weight else []
        if fell_out_of_sight and not self._drawn_anew(person, frame):
            # For a moment the body is taken to be as it was; then not to be found counts in itself.
            least = 1 if unseen_for > MOMENT else 0
            person.evidence += elapsed * person.weight * float(np.clip(flat, least, 1 if person.folded else 3))
        if person.evidence >= p.enough:
            return self._down(person, frame.stamp, unseen=True)
        if self._nothing_in_it(person, frame.stamp):
            return self._end(person, FallKind.CLEARED, frame.stamp)
        return []

    def _nothing_in_it(self, person: _Person, stamp: float) -> bool:
        if person.evidence > 0:
            person.evident_at = stamp
        return stamp - person.evident_at > self.parameters.patience

    def _suspect(
        self, person: _Person, drop: _Drop, stamp: float, unseen: bool, folded: bool = False
    ) -> list[FallEvent]:
        person.folded = folded
        person.kind, person.since = FallKind.SUSPECTED, drop.began
        person.drop, person.weight, person.evidence = drop.metres, drop.weight, 0.0
        person.evident_at = stamp
        return [self._event(person, FallKind.SUSPECTED, stamp, unseen)]

    def _found_lying(self, person: _Person, stamp: float) -> list[FallEvent]:
        p = self.parameters
        blind = self._spell is not None and self._spell.missing > 0
        limit = p.found_after_blind if blind else p.found_lying
        if not limit or person.lying_since is None or stamp - person.lying_since < limit:
            return []
        person.blind = blind
        person.since = person.lying_since
        person.drop = person.weight = person.evidence = 0.0
        suspected = self._event(person, FallKind.SUSPECTED, stamp, unseen=False)
        return [suspected, *self._down(person, stamp, unseen=False)]

    def _judge_missing(self, seen: set[str], stamp: float) -> list[FallEvent]:
        """What follows from who is up again after a blind spell, and who is not."""
        spell = self._spell
        if spell is None:
            return []
        people = [self._people[id] for id in seen]
        spell.found(
            sum(p.up_since is not None and stamp - p.up_since >= UP_FOR_S for p in people),
            [p.id for p in people if p.is_down],
        )
        if spell.is_over(stamp):
            self._spell = None
            kind = FallKind.CLEARED if spell.missed is not None and not spell.lying else None
        else:
            kind = FallKind.SUSPECTED if spell.misses(stamp) else None
        if kind is None or spell.missed is None:
            return []
        return [FallEvent(kind, spell.missed, stamp, spell.since, FOUND_CONFIDENCE, unseen=True, blind=True)]

    def _down(self, person: _Person, stamp: float, unseen: bool) -> list[FallEvent]:
        person.kind, person.down_at = FallKind.DOWN, stamp
        return [self._event(person, FallKind.DOWN, stamp, unseen)]

    def _long_lie(self, person: _Person, stamp: float, unseen: bool) -> list[FallEvent]:
        if person.kind is FallKind.LONG_LIE or stamp - person.down_at < self.parameters.long_lie:
            return []
        person.kind = FallKind.LONG_LIE
        return [self._event(person, FallKind.LONG_LIE, stamp, unseen)]

    def _end(self, person: _Person, kind: FallKind, stamp: float) -> list[FallEvent]:
        event = self._event(person, kind, stamp, unseen=False)
        person.kind, person.lying_since, person.evidence = None, None, 0.0
        person.blind = person.folded = False
        return [event]

    def _event(self, person: _Person, kind: FallKind, stamp: float, unseen: bool) -> FallEvent:
        sure = confidence(person.evidence / self.parameters.enough) if person.drop else FOUND_CONFIDENCE
        return FallEvent(kind, person.id, stamp, person.since, sure, person.drop, unseen, person.blind)

    def _rests(self, body: Body) -> bool:
        """Whether the middle of the hips is in a resting place."""
        if self.moved:
            return False
        x, y = body.pose.landmarks[HIPS, :2].mean(0)
        return any(cv2.pointPolygonTest(place, (float(x), float(y)), False) >= 0 for place in self._resting_places)


def confidence(evidence: float) -> float:
    """Probability that a fall of which the drop was seen is real.

    Platt scaling on the share of `enough` that was reached, fitted on the suspicions of docs/falls.md as if every
    second one were a fall.
    """
    return float(1 / (1 + np.exp(-(CONFIDENCE_AT_ONCE + CONFIDENCE_GAIN * min(evidence, 1.0)))))
