"""Exercise in one home on scripted time: companion, voice and safety together, before a camera that sees drawn people.

Used by the terminal (`dolbom exercise`), by golden conversations and tests; the camera may also be a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.companion import Companion
from dolbom.companion.wired import Did, FellSilent, SafetyDecided, Spoke, Wired
from dolbom.dialog.intents import Understanding
from dolbom.events import Data
from dolbom.exercise.coach import Coach
from dolbom.exercise.hosting import safety_cares
from dolbom.exercise.measures import Sight
from dolbom.perception.bodies import Bodies, describe
from dolbom.perception.camera_motion import CameraMotion
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters

STEP_S = 0.1
LONGEST_S = 3600.0
WIDTH, HEIGHT = 640, 480

Camera = Callable[[float], Bodies | None]
"""What the camera shows at a time, seconds; None: no frame then."""


@dataclass
class AtHome:
    """One home in which somebody exercises.

    Attributes:
        lines: what was said, as (seconds, who, words): robot, person, safety.
        told: what the district was told.

    Args:
        coach: the exercise.
        camera: asked for a frame ten times a second.
        at: when it begins.
        shown: told every line as it comes.
        reply: what is said to a question of the robot; None: nothing.
    """

    coach: Coach
    camera: Camera
    understanding: Understanding
    at: datetime
    lang: str = "ko"
    shown: Callable[[float, str, str], None] = lambda now, who, words: None  # noqa: ARG005
    reply: Callable[[str], str | None] = lambda question: None  # noqa: ARG005
    lines: list[tuple[float, str, str]] = field(default_factory=list)
    told: list[Data] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = 0.0
        self.coach.needs_company = False  # who exercises is there
        companion = Companion(None, self.understanding, self.lang, sources=[self._ends])
        guard = Guard(Ladder(LadderParameters(), "/district/d/home/h/robot/r", self.lang))
        self.wired = Wired(companion, guard, self.moment, self._did, self.lang)
        self._asked = 0
        self._answered = 0

    def moment(self) -> seen.Moment:
        """Now."""
        return seen.Moment(self.now, self.at + timedelta(seconds=self.now))

    def begin(self) -> None:
        """It begins."""
        self.wired.companion_does(self.wired.companion.offer(self.coach, self.moment()))

    def run(self, until: float = LONGEST_S) -> None:
        """Time passes until the exercise is over and nothing is said any more, or until then."""
        while self.now < until and (not self.coach.done or self.wired.busy):
            self.step()

    def step(self) -> None:
        """A tenth of a second passes."""
        self.now = round(self.now + STEP_S, 1)
        self.wired.tick()
        if self.wired.companion.watches and (bodies := self.camera(self.now)) is not None:
            self.wired.observed(seen.BodiesSeen(self.moment(), bodies))
        self.wired.observed(seen.Tick(self.moment()))
        if self.wired.voice.listening and self._answered < self._asked:
            self._answered = self._asked
            question = self.wired.voice.current
            if question is not None:
                self.says(self.reply(question.text))

    def says(self, words: str | None) -> None:
        """Somebody says something, or nothing."""
        self._line("person", words or "…")
        if words:
            self.wired.hears(words, self.coach.person, "types")

    def _ends(self, observation: seen.Observation) -> None:
        if safety_cares(observation):
            self.coach.hurt()

    def _did(self, did: Did) -> None:
        match did:
            case Spoke():
                self._asked += did.request.question
                self._line("robot" if did.by == "companion" else "safety", did.request.text)
            case FellSilent():
                self._line("robot", "(falls silent)")
            case SafetyDecided():
                self.told += [event.typed() for event in did.decisions.events]
            case made.Emit():
                self.told.append(did.data)
            case _:
                pass

    def _line(self, who: str, words: str) -> None:
        self.lines.append((self.now, who, words))
        self.shown(self.now, who, words)


def bodies_of(sight: Sight, stamp: float) -> Bodies:
    """One sight as the bodies of a frame."""
    found = () if sight.pose is None else (describe("b1", sight.pose, sight.aspect),)
    return Bodies(stamp, WIDTH, HEIGHT, found, (), CameraMotion((0.0, 0.0), 0.5))


def played(sights: Iterator[Sight]) -> Camera:
    """A camera that shows a clip, from the first frame that is asked for; after it, its last frame."""
    kept = list(sights)
    begun: list[float] = []

    def camera(now: float) -> Bodies | None:
        if not begun:
            begun.append(now)
        at = now - begun[0] + kept[0].stamp
        index = max((i for i, one in enumerate(kept) if one.stamp <= at), default=0)
        return bodies_of(kept[index], now)

    return camera
