"""What is kept of somebody who exercises: their rhythm and number of times, whether they may stand; and each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dolbom.events import ExerciseDone, ExerciseMeasured

if TYPE_CHECKING:  # whoever only opens the home's database needs no numpy for it
    from dolbom.exercise.quality import Estimate, Quality
    from dolbom.exercise.stands import FiveStands, Stands

Ended = Literal[
    "", "complete", "time_up", "tired", "enough", "stopped", "quiet", "put_off", "declined", "broken_off", "trouble",
    "away",
]  # fmt: skip
"""open; all of it; time; was tired; wanted no more; said stop; did nothing more; later; refused; interrupted; a sign of
trouble; went away."""
Felt = Literal["", "easy", "good", "hard", "none"]
FEWEST, MOST = 3, 12


class Value(BaseModel):
    """A mean with its standard error, None for too few."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: float
    error: float | None = None

    @classmethod
    def of(cls, estimate: Estimate | None) -> Value | None:
        """As it is kept."""
        return None if estimate is None else cls(mean=round(estimate.mean, 3), error=estimate.error)


class Exercised(BaseModel):
    """One exercise as it was done.

    Attributes:
        seen, voiced: repetitions that the robot saw, and that it only counted aloud.
        reach: degrees (of a rise, centimetres), `tempo` seconds, `steadiness` SPARC; of what was seen.
    """

    model_config = ConfigDict(extra="forbid")

    exercise: str
    seen: int = Field(ge=0)
    voiced: int = Field(0, ge=0)
    reach: Value | None = None
    tempo: Value | None = None
    steadiness: Value | None = None
    hints: list[str] = []

    def measured(self, found: Quality | None) -> None:
        """Takes in how it was done."""
        if found is not None:
            self.reach = Value.of(found.reach)
            self.tempo, self.steadiness = Value.of(found.tempo), Value.of(found.steadiness)


class TimedStands(BaseModel):
    """Standing up against the clock: of thirty seconds the count, of five times the seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    test: Literal["thirty_seconds", "five_times"]
    count: int
    low: int
    high: int
    seconds: float
    error: float
    seen: float

    @classmethod
    def thirty(cls, found: Stands) -> TimedStands:
        """How often in thirty seconds, as it is kept."""
        return cls(test="thirty_seconds", count=found.count, low=found.low, high=found.high, seconds=30.0, error=0.0,
                   seen=round(found.seen, 3))  # fmt: skip

    @classmethod
    def five(cls, found: FiveStands) -> TimedStands:
        """How long five times took, as it is kept."""
        return cls(test="five_times", count=5, low=5, high=5, seconds=round(found.seconds, 2),
                   error=round(found.error, 2), seen=round(found.seen, 3))  # fmt: skip


class ExerciseSession(BaseModel):
    """One time that somebody exercised, as it is kept.

    Attributes:
        wanted: they asked for it; else the robot offered it.
        spent_s: how long it has taken, seconds.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    person: str | None = None
    routine: str
    lang: str = "ko"
    seed: int = 0
    begun: AwareDatetime
    wanted: bool = False
    done: list[Exercised] = []
    timed: TimedStands | None = None
    spent_s: float = 0.0
    ended: Ended = ""
    felt: Felt = ""

    @property
    def repetitions(self) -> int:
        """All that were seen."""
        return sum(one.seen for one in self.done)


class Mover(BaseModel):
    """One person.

    Attributes:
        stands: a person of their care said that they may exercise standing.
        times: repetitions, by routine.
        tempo: seconds a repetition takes them, by exercise.
        refused: when they last said no.
    """

    model_config = ConfigDict(extra="forbid")

    stands: bool = False
    times: dict[str, int] = {}
    tempo: dict[str, float] = {}
    refused: AwareDatetime | None = None

    def learn(self, session: ExerciseSession, usual: int) -> None:
        """Takes in a session that ended: a hard one makes the next shorter, an easy one longer."""
        for one in session.done:
            if one.tempo is not None and one.seen >= FEWEST:
                before = self.tempo.get(one.exercise, one.tempo.mean)
                self.tempo[one.exercise] = round(0.5 * before + 0.5 * one.tempo.mean, 2)
        if session.ended == "declined":
            self.refused = session.begun
        if not usual:
            return
        times = self.times.get(session.routine, usual)
        if session.felt == "hard" or session.ended == "tired":
            self.times[session.routine] = max(FEWEST, times - 2)
        elif session.felt == "easy" and session.ended == "complete":
            self.times[session.routine] = min(MOST, times + 1)


def done_event(session: ExerciseSession) -> ExerciseDone:
    """What the district is told of it: that it was done and how it ended."""
    return ExerciseDone(
        routine=session.routine,
        exercises=[one.exercise for one in session.done],
        repetitions=session.repetitions,
        by_voice=sum(one.voiced for one in session.done),
        minutes=round(session.spent_s / 60, 1),
        ended=session.ended or "broken_off",
        felt=session.felt or "none",
        wanted=session.wanted,
    )


def measured_event(found: TimedStands) -> ExerciseMeasured:
    """What the district is told of timed standing up."""
    return ExerciseMeasured(**found.model_dump())
