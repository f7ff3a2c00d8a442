"""`dolbom activity`: when somebody was noticed last, how long it has been quiet, the stage, and the rhythm learnt."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom.runtime.declarations import build
from dolbom.runtime.parameters import load
from dolbom.runtime.robot import RobotParameters
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.persistence import Ledger
from dolbom.sensors.rhythm import Rhythm
from dolbom.sensors.state import Night, Quiet, Stage
from dolbom.store.base import open_store
from dolbom.store.people import People

app = typer.Typer(rich_markup_mode="rich")
stdout = Console()

OLD_S = 300.0
"""What was written longer ago than this is not of a robot that runs."""


@app.command(
    epilog="Examples:  [bold]dolbom activity[/]   [bold]dolbom activity --person 김순자 --json[/]",
)
def activity(
    person: Annotated[str, typer.Option("--person", help="Name or id of one who is watched by themselves.")] = "",
    parameters: Annotated[
        Path | None, typer.Option("--parameters", help="The robot's parameter file, if its times are not the usual.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="ko or en.")] = "ko",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the last sign of life, how long it has been quiet, the stage, and the rhythm learnt; the robot may run."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")
    times, robot = _times(parameters)
    store = open_store()
    people = People(store)
    ledger = Ledger(store, lambda _event, _session: None, lambda: False)
    now = SystemClock(robot.zone).civil()
    left = ledger.read()
    wanted = people.find(person) if person else None
    if wanted is not None and wanted not in left.quiet and people.ids() == [wanted]:
        wanted = ""  # the home is theirs
    if wanted is not None and wanted not in left.quiet:
        raise UserError(
            f"{person} is not watched by themselves: the home is watched as a whole",
            "name them in `persons` of the activity node, or leave --person out",
        )
    names = people.names() if people.ids() else {}
    rows = [
        _row(quiet, names, Rhythm(times, ledger.hours(subject, now)), now)
        for subject, quiet in sorted(left.quiet.items())
        if wanted in (None, subject)
    ]
    found = {
        "looked": left.looked.isoformat() if left.looked else None,
        "running": left.looked is not None and 0 <= (now - left.looked).total_seconds() < OLD_S,
        "watched": rows,
        "night": _night(left.night),
        "unreadable": left.unreadable,
    }
    if as_json:
        stdout.print_json(json.dumps(found, ensure_ascii=False))
        return
    if not rows:
        stdout.print("Nothing is known yet: the robot has not run here (`dolbom up`).")
        return
    if not found["running"]:
        stdout.print(f"The robot does not run: this is how it was on {_at(left.looked, now)}.", style="yellow")
    for row in rows:
        _print(row, lang, now)
    if left.unreadable:
        stdout.print(f"cannot be read any more: {', '.join(left.unreadable)}", style="red")


def _times(file: Path | None) -> tuple[ActivityParameters, RobotParameters]:
    if file is None:
        return ActivityParameters(), RobotParameters()
    values = load(file).get("activity", {})
    own = {name: value for name, value in values.items() if name.split(".")[0] in ActivityParameters.model_fields}
    shared = {name: value for name, value in values.items() if name in RobotParameters.model_fields}
    return build(ActivityParameters, own), build(RobotParameters, shared)


def _row(quiet: Quiet, names: dict[str, str], rhythm: Rhythm, now: datetime) -> dict[str, Any]:
    stage = "away" if quiet.away is not None else quiet.stage.value
    if stage == Stage.NONE.value and quiet.unknown:
        stage = "unknown"
    limits = [rhythm.limit(hour) for hour in range(24)]
    return {
        "subject": quiet.subject or "home",
        "name": names.get(quiet.subject, ""),
        "stage": stage,
        "asking": quiet.asking is not None,
        "last_sign": quiet.last.model_dump(mode="json") if quiet.last else None,
        "since": quiet.since.isoformat(),
        "silent_s": round(quiet.silent_s),
        "unseen_s": round(quiet.unseen_s),
        "blind": list(quiet.blind),
        "away_since": quiet.away.since.isoformat() if quiet.away else None,
        "limit_s": round(rhythm.limit(now.hour).seconds),
        "rhythm": {
            "days": rhythm.days,
            "learned_hours": sum(limit.learned for limit in limits),
            "limits_s": [round(limit.seconds) for limit in limits],
            "sleep": rhythm.sleep.words(),
            "night": rhythm.night.words(),
            "sleep_learned": rhythm.sleep.learned,
        },
    }


def _night(night: Night | None) -> dict[str, Any] | None:
    if night is None:
        return None
    return {
        "night": night.day.isoformat(),
        "wanders": night.wanders,
        "told": night.told is not None,
        "ways": night.ways,
        "spoken": night.spoken,
        "door": night.door,
    }


def _print(row: dict[str, Any], lang: str, now: datetime) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)

    def words(key: str, **values: object) -> str:
        return phrase(lang, f"activity.{key}", **values)

    table.add_row("who", row["name"] or row["subject"])
    table.add_row("stage", words(f"stage.{row['stage']}") + (" (asking)" if row["asking"] else ""))
    last = row["last_sign"]
    if last:
        at, sign = _at(datetime.fromisoformat(last["at"]), now), words(f"sign.{last['kind']}")
        table.add_row("last sign", f"{at} {sign}" + (f" ({last['place']})" if last["place"] else ""))
    else:
        table.add_row("last sign", words("show.no_sign"))
    table.add_row("quiet", words("show.silent", hours=f"{row['silent_s'] / 3600:.1f}"))
    if row["unseen_s"]:
        why = ", ".join(words(f"blind.{one}") for one in row["blind"])
        table.add_row("not seen", words("show.unseen", hours=f"{row['unseen_s'] / 3600:.1f}", why=why))
    if row["away_since"]:
        table.add_row("away", words("show.away", time=_at(datetime.fromisoformat(row["away_since"]), now)))
    rhythm = row["rhythm"]
    learned = rhythm["learned_hours"] > 0
    limit = words("show.limit" if learned else "show.limit_set", hours=f"{row['limit_s'] / 3600:.1f}")
    table.add_row("asked", limit)
    table.add_row("rhythm", f"{rhythm['days']} days, {rhythm['learned_hours']} of 24 hours learnt")
    table.add_row("", " ".join(f"{hour}:{limit / 3600:.1f}" for hour, limit in enumerate(rhythm["limits_s"])))
    how = "learnt" if rhythm["sleep_learned"] else "set"
    table.add_row("asleep", f"{rhythm['sleep']} ({how}); night {rhythm['night']}")
    stdout.print(table)


def _at(when: datetime | None, now: datetime) -> str:
    return f"{when.astimezone(now.tzinfo):%Y-%m-%d %H:%M}" if when is not None else "never"
