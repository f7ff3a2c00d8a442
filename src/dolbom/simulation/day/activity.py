"""The watch over activity in the virtual day, wired to the robot's eyes, companion and safety as its node wires it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.wired import STANDS, Wired
from dolbom.events import CareEvent, SignKind
from dolbom.i18n import phrase
from dolbom.perception.bodies import Bodies
from dolbom.perception.camera_motion import CameraMotion
from dolbom.safety import observations as safety
from dolbom.safety.decisions import Decisions as SafetyDecisions
from dolbom.sensors.decisions import Ask, Suspect, Withdraw
from dolbom.sensors.driver import Done, Driver
from dolbom.sensors.making import rules
from dolbom.sensors.observations import Alarmed, BackHome, Leaving, Moment, Observation, Prompted, SignOfLife, Tick
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.persistence import Ledger
from dolbom.sensors.senses import CameraNow, Senses
from dolbom.sensors.watch import Watch
from dolbom.simulation.day.home import HomeStore

EVERY_S = 1.0
COVERED = CameraMotion((0.0, 0.0), 0.0)


class ActivityPart:
    """One process' life of it.

    Args:
        home: its database.
        parameters: of the home.
        source: the CloudEvents source of the robot.
        lang: of the home.
        moment: the present moment.
        wired: companion and safety.
        tell: told every event that is on disk.
    """

    def __init__(
        self,
        home: HomeStore,
        parameters: ActivityParameters,
        source: str,
        lang: str,
        moment: Callable[[], Moment],
        wired: Wired,
        tell: Callable[[CareEvent], None],
    ) -> None:
        self._moment, self._wired, self._tell = moment, wired, tell
        usual = phrase(lang, "distress.address")
        only = next(iter(home.names)) if len(home.names) == 1 else None
        quiet, night = rules(parameters, source, lang, lambda who: home.address(who) or usual, lambda: only)
        ledger = Ledger(home.store, home.outbox.append, home.outbox.make_room)
        self.senses = Senses(parameters, lambda body: self._bodies.get(body))
        self.driver = Driver(Watch(quiet, night, ledger.hours), ledger)
        self._bodies: dict[str, str] = {}
        self._prompts: set[UUID] = set()
        self._later: list[Observation] = []
        self._ticked = -1e9
        self._carry_out(self.driver.start(moment()))

    # --- what is observed ---------------------------------------------------------------------------------------

    def camera(self, now: CameraNow) -> None:
        """The camera is switched."""
        self.senses.camera(now)

    def frame(self, frame: Bodies, covered: bool) -> None:
        """A frame was looked at."""
        shown = replace(frame, camera=COVERED) if covered else frame
        self._later += self.senses.frame(self._moment(), shown)

    def recognised(self, body: str, person: str) -> None:
        """Whose body it is."""
        self._bodies[body] = person

    def sign(self, kind: SignKind, place: str = "", person: str | None = None) -> None:
        """Somebody did something."""
        self._later.append(SignOfLife(self._moment(), kind, place, person))

    def happened(self, event: str) -> None:
        """Somebody told of something."""
        if event == "home.left":
            self._later.append(Leaving(self._moment()))
        elif event == "home.back":
            self._later.append(BackHome(self._moment()))

    def decided(self, decisions: SafetyDecisions) -> None:
        """What safety decided: it may have taken our suspicion up."""
        if any("inactivity" in d.sources and d.stage in STANDS for d in decisions.changed.values()):
            self._later.append(Alarmed(self._moment()))

    def settled(self, settled: made.SettleReminder) -> bool:
        """How a reminder ended; False if it was not ours."""
        prompt = UUID(settled.goal)
        if prompt not in self._prompts:
            return False
        self._prompts.discard(prompt)
        self._later.append(Prompted(self._moment(), prompt, settled.outcome, settled.answer, settled.heard))
        return True

    def step(self) -> None:
        """Time passed."""
        at = self._moment()
        while self._later:
            self._carry_out(self.driver.observe(self._later.pop(0)))
        if at.now - self._ticked >= EVERY_S:
            self._ticked = at.now
            for observation in (*self.senses.tick(at), Tick(at)):
                self._carry_out(self.driver.observe(observation))

    # --- what is decided ----------------------------------------------------------------------------------------

    def _carry_out(self, done: Done) -> None:
        for event in done.events:
            self._tell(event)
        at = self._moment()
        for act in done.acts:
            if isinstance(act, Ask):
                self._prompts.add(act.prompt)
                due = seen.ReminderDue(
                    at, str(act.prompt), str(act.prompt), act.kind, act.text, act.question, act.answers, act.person,
                    come=act.kind == "well_being",
                )  # fmt: skip
                self._wired.observed(due)
            elif isinstance(act, Withdraw):
                self._wired.observed(seen.ReminderWithdrawn(at, str(act.prompt)))
            elif isinstance(act, Suspect) and act.over:
                self._wired.suspected(safety.TakenBack(at, act.cause, act.person))
            elif isinstance(act, Suspect):
                self._wired.suspected(safety.Suspected(at, act.cause, act.person, evidence=act.evidence))
