"""`dolbom exercise`: exercise in the terminal, with a drawn person, a clip or a camera; what is kept of it; clips."""

from __future__ import annotations

import json
import sys
import threading
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.exercise.clips import make
from dolbom.exercise.drawn import PERSONAS, DrawnPerson
from dolbom.exercise.exercises import exercise, exercises, routine, routines
from dolbom.exercise.measures import Sight
from dolbom.exercise.sessions import ExerciseSession, Mover, TimedStands, Value
from dolbom.i18n import LANGUAGES, phrase


class _Group(typer.core.TyperGroup):
    """`dolbom exercise gentle` is `dolbom exercise do gentle`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["do", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Group,
    rich_markup_mode="rich",
    help="Exercise with the robot: try it in the terminal, see what is kept, make clips that judge the counting.",
    epilog="Examples:  [bold]dolbom exercise seated[/]   [bold]dolbom exercise gentle --camera 0[/]   "
    "[bold]dolbom exercise arms_up --clip film.mp4[/]   [bold]dolbom exercise list[/]",
)
stdout = Console()

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]


@app.command(
    name="do",
    epilog="Examples:  dolbom exercise gentle   dolbom exercise seated --as tired   dolbom exercise gentle --camera 0"
    "   dolbom exercise sit_to_stand --clip film.mp4",
)
def do(
    name: Annotated[str, typer.Argument(metavar="[ROUTINE]", help="A routine; with --clip, an exercise.")] = "gentle",
    clip: Annotated[Path | None, typer.Option(help="Count one exercise in a film, or in skeletons (.npz).")] = None,
    camera: Annotated[
        str, typer.Option(help="A camera, as 0 or /dev/video0: the robot's eyes; answers are typed.")
    ] = "",
    persona: Annotated[
        str, typer.Option("--as", help=f"Without a camera a drawn person exercises: {', '.join(PERSONAS)}.")
    ] = "happy",
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same exercise.")] = 0,
    lang: Lang = "ko",
) -> None:
    """Exercise in the terminal, as the robot leads it; without sound."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")
    if clip is not None and camera:
        raise UserError("a clip and a camera at once", "give one of them")
    if clip is not None:
        _count(name, clip, lang)
        return
    if persona not in PERSONAS:
        raise UserError(f"nobody is {persona}", f"there are {', '.join(PERSONAS)}")
    _lead(name, camera, persona, seed, lang)


def _count(name: str, clip: Path, lang: str) -> None:
    """Counts one exercise in a clip."""
    from dolbom.evaluation.exercise import sights_of
    from dolbom.exercise.following import Follower
    from dolbom.exercise.form import FormWatch
    from dolbom.exercise.quality import quality
    from dolbom.exercise.trouble import TroubleWatch

    one = exercise(name)
    follower, form, trouble = Follower(one), FormWatch(one), TroubleWatch(one.base == "standing")
    frames, signs = 0, set()
    for sight in _read(sights_of, clip):
        frames += 1
        done = follower.see(sight)
        for repetition in done:
            typer.echo(f"{sight.stamp:7.1f} s  {follower.count:3}  {repetition.degrees:5.0f}  {repetition.side}")
        if (hint := form.see(sight, follower.shares, done)) is not None:
            typer.echo(f"{sight.stamp:7.1f} s  {phrase(lang, f'exercise.forms.{hint}')}")
        if (sign := trouble.see(sight)) is not None and sign not in signs:
            signs.add(sign)
            typer.echo(f"{sight.stamp:7.1f} s  sign of trouble: {sign}")
    found = quality(follower.done, follower.trace)
    how = "" if found is None else f"; reach {_told(Value.of(found.reach))}, tempo {_told(Value.of(found.tempo))} s"
    seen = "" if follower.measure is not None or follower.count else " (the joints of this exercise were not seen)"
    typer.echo(f"{follower.count} of {name} in {frames} frames{seen}{how}")


def _read(sights_of: Callable[[Path], Iterator[Sight]], clip: Path) -> Iterator[Sight]:
    try:
        yield from sights_of(clip)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise UserError(
            f"{clip} holds no skeletons", "make some with `dolbom exercise clips`, or give a film"
        ) from None


def _lead(name: str, camera: str, persona: str, seed: int, lang: str) -> None:
    """Leads a routine."""
    from dolbom.dialog.intents import Understanding
    from dolbom.exercise.at_home import AtHome
    from dolbom.exercise.coach import Coach

    now = SystemClock().civil()
    chosen = routine(name)
    session = ExerciseSession(
        id="terminal", routine=chosen.name, lang=lang, seed=seed, begun=now, wanted=True, person="you"
    )
    understanding = Understanding(morphemes=None)
    coach = Coach(
        session,
        Mover(stands=True),
        lambda session, mover: None,  # noqa: ARG005
        address=phrase(lang, "distress.address"),
        understanding=understanding,
    )
    who = {"robot": "→", "person": " ", "safety": "!"}

    def shown(at: float, speaker: str, words: str) -> None:
        typer.echo(f"{at:6.1f} {who[speaker]} {words}")

    if camera:
        with _Eyes(camera) as eyes:
            home = AtHome(coach, eyes.look, understanding, now, lang, shown=shown)
            home.begin()
            _live(home)
    else:
        drawn = DrawnPerson(coach, persona, seed)
        home = AtHome(coach, drawn.camera, understanding, now, lang, shown=shown, reply=drawn.reply)
        home.begin()
        while home.now < 1200 and (not coach.done or home.wired.busy):
            home.step()
            if (words := drawn.says(home.now)) is not None:
                home.says(words)
    for one in session.done:
        seen = f"{one.seen} seen" if one.seen or not one.voiced else f"{one.voiced} counted aloud, none seen"
        typer.echo(f"{phrase(lang, f'exercise.names.{one.exercise}')}: {seen}, reach {_told(one.reach)}")
    if session.timed is not None:
        typer.echo(_timed(session.timed))
    typer.echo(f"ended: {session.ended}")


def _live(home: Any) -> None:
    """At the pace of real time; what is typed is said."""
    typed: deque[str] = deque()

    def read() -> None:
        for line in sys.stdin:
            typed.append(line.strip())

    threading.Thread(target=read, daemon=True).start()
    begin = time.monotonic()
    try:
        while not home.coach.done or home.wired.busy:
            while typed:
                home.says(typed.popleft())
            time.sleep(max(0.0, begin + home.now - time.monotonic()))
            home.step()
    except KeyboardInterrupt:
        typer.echo("")


class _Eyes:
    """A real camera looked at with the robot's own pose network, as fast as it goes."""

    def __init__(self, device: str) -> None:
        from dolbom.perception.bodies import Bodies, BodyWatcher
        from dolbom.perception.camera import CameraParameters, open_source
        from dolbom.perception.pose import PoseFinder, pose_model

        self._source: Any = open_source(CameraParameters(source=device))
        self._finder = PoseFinder(pose_model())
        self._watcher = BodyWatcher(self._finder)
        self._last: Bodies | None = None
        self._given: Bodies | None = None
        self._trouble: Exception | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Eyes:
        if self._source is None:
            raise UserError("no camera of that name", "give 0, /dev/video0 or a film")
        self._source.open()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._source.close()
        self._finder.close()

    def look(self, now: float) -> Any:
        """The newest frame's bodies with the time that is now; None if there is no new one."""
        from dataclasses import replace

        if self._trouble is not None:
            raise self._trouble
        if self._last is None or self._last is self._given:
            return None
        self._given = self._last
        return replace(self._last, stamp=now)

    def _watch(self) -> None:
        import cv2

        try:
            while not self._stopping.is_set():
                image, _ = self._source.read()
                self._last = self._watcher.update(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), time.monotonic())
        except Exception as error:
            self._trouble = error


@app.command(name="list")
def show_list(lang: Lang = "ko", as_json: AsJson = False) -> None:
    """Which routines and exercises there are."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")
    if as_json:
        found = {name: list(one.exercises) for name, one in routines().items()}
        typer.echo(json.dumps({"routines": found, "exercises": list(exercises())}, ensure_ascii=False, indent=2))
        return
    table = Table()
    for column in ("routine", "called", "exercises", "standing"):
        table.add_column(column)
    for name, one in routines().items():
        table.add_row(name, phrase(lang, f"exercise.routines.{name}"), ", ".join(one.exercises), "yes" * one.stands)
    stdout.print(table)


@app.command(epilog="Examples:  dolbom exercise show --person 김순자")
def show(
    person: Annotated[str, typer.Option("--person", help="Name or id; without it, everybody.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="So many days back.")] = 30,
    as_json: AsJson = False,
) -> None:
    """What was done lately, by whom, and what was measured; only of whoever consents to its being kept."""
    from datetime import timedelta

    from dolbom.store.base import open_store
    from dolbom.store.exercise import ExerciseStore
    from dolbom.store.memory import MemoryStore

    now = SystemClock().civil()
    database = open_store()
    memory = MemoryStore(database)
    store = ExerciseStore(memory)
    wanted = [memory.people.find(person)] if person else store.people(now)
    since = (now - timedelta(days=days)).date()
    found = {id: (store.state(id, now), store.entries(id, now, since)) for id in wanted}
    database.close()
    if as_json:
        made = {
            id: {"stands": mover.stands, "sessions": [one.model_dump(mode="json") for one in sessions]}
            for id, (mover, sessions) in found.items()
        }
        typer.echo(json.dumps(made, ensure_ascii=False, indent=2))
        return
    table = Table()
    for column in ("person", "when", "routine", "repetitions seen", "aloud", "ended", "measured"):
        table.add_column(column)
    for id, (_, sessions) in found.items():
        for one in sessions:
            aloud = sum(each.voiced for each in one.done)
            measured = "" if one.timed is None else _timed(one.timed)
            begun = one.begun.astimezone(now.tzinfo).isoformat(" ", "minutes")[:16]
            table.add_row(
                memory.people.name_of(id) or id, begun, one.routine, str(one.repetitions), str(aloud), one.ended,
                measured,
            )  # fmt: skip
    stdout.print(table)


@app.command(epilog="Examples:  dolbom exercise allow 김순자 --standing   dolbom exercise allow 김순자 --no-standing")
def allow(
    person: Annotated[str, typer.Argument(help="Name or id.")],
    standing: Annotated[bool, typer.Option(help="Whether they may exercise on their feet, as their care decided.")],
) -> None:
    """Write down whether somebody may exercise standing, which includes getting up from a chair; else they sit."""
    from dolbom.store.base import open_store
    from dolbom.store.exercise import ExerciseStore
    from dolbom.store.memory import MemoryStore

    database = open_store()
    try:
        memory = MemoryStore(database)
        id = memory.people.find(person)
        if not ExerciseStore(memory).allow_standing(id, standing, SystemClock().civil()):
            raise UserError(
                f"{person} has not consented to exercise being kept", "`dolbom consent` asks for it: exercise"
            )
    finally:
        database.close()
    typer.echo(f"{person}: {'standing, too' if standing else 'seated only'}")


@app.command(epilog="Examples:  dolbom exercise clips clips --seed 7")
def clips(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the clips and their labels.csv.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same clips.")] = 0,
    each: Annotated[int, typer.Option(min=1, max=50, help="So many of each exercise and kind.")] = 3,
    only: Annotated[list[str] | None, typer.Option("--exercise", help="Only of this one; may be given again.")] = None,
) -> None:
    """Make clips of drawn people who exercise, seen by a camera that errs, with labels, for `dolbom eval exercise`."""
    typer.echo(f"{make(folder, seed, each, [exercise(name).name for name in only or ()])} clips in {folder}")


def _told(value: Value | None) -> str:
    if value is None:
        return "not seen"
    return f"{value.mean:.1f}" + (f" ± {value.error:.1f}" if value.error is not None else "")


def _timed(found: TimedStands) -> str:
    if found.test == "five_times":
        return f"five times in {found.seconds:.1f} ± {found.error:.1f} s"
    return f"{found.count} times in 30 s ({found.low} to {found.high})"
