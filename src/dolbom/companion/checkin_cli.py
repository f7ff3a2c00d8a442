"""`dolbom checkin`: how people were when the robot asked last, when it asks next, and a wish that it ask now."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.companion.checkin import TOPICS, CheckInParameters, CheckInState
from dolbom.companion.schedule import LOOK_S, before, reached, read, write
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom.runtime.declarations import build
from dolbom.runtime.parameters import load
from dolbom.store.base import open_store
from dolbom.store.memory import CHECK_INS_KEPT_DAYS, MemoryStore
from dolbom.store.people import Purpose
from dolbom.store.routines import Book, RoutineStore

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The daily check-in: what was said last, what changed, when the next is due. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom checkin show[/]   [bold]dolbom checkin show --json[/]   "
    "[bold]dolbom checkin now --person 김순자[/]",
)

stdout = Console()

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Who = Annotated[str, typer.Option("--person", help="Name or id; without it, everybody (now: the only one).")]
Days = Annotated[int, typer.Option("--days", min=1, max=CHECK_INS_KEPT_DAYS, help="So many days back.")]
Parameters = Annotated[
    Path | None, typer.Option("--parameters", help="The robot's parameter file, if its times are not the usual ones.")
]
Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]


@app.command(epilog="Examples:  dolbom checkin show   dolbom checkin show --person 김순자 --days 14 --lang en")
def show(
    person: Who = "", days: Days = 1, parameters: Parameters = None, lang: Lang = "ko", as_json: AsJson = False
) -> None:
    """Show the last check-ins of everybody: what was said, what changed against the time before, what is due next."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")
    times = _times(parameters)
    now = SystemClock().civil()
    database = open_store()
    store, book = MemoryStore(database), Book(RoutineStore(database))
    people = {one.id: one.name for one in store.people.everybody()}
    wanted = [store.people.find(person)] if person else list(people)
    allowed = store.allowed(Purpose.CHECK_IN, now)
    rows = []
    for id in wanted:
        states = read(store, id, now.date())
        shown = [_day(state, states) for state in states if state.topics or state.tries][-days:]
        routine = book.has("check_in", id)
        due = _due(states, times, now) if id in allowed and not routine else None
        rows.append(
            {"person": id, "name": people[id], "consents": id in allowed, "by_routine": routine, "next": due,
             "days": shown}
        )  # fmt: skip
    if as_json:
        stdout.print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        stdout.print("Nobody is known here: dolbom consent give NAME check_in --given-by WHO --new")
    for row in rows:
        _print(row, lang)


@app.command(epilog="Examples:  dolbom checkin now   dolbom checkin now --person 김순자")
def now(person: Who = "", as_json: AsJson = False) -> None:
    """Have the robot hold the check-in now, whatever the time of day; one of today that is over begins anew."""
    at = SystemClock().civil()
    store = MemoryStore(open_store())
    id = store.people.find_or_only(person)
    name = store.people.name_of(id)
    if id not in store.allowed(Purpose.CHECK_IN, at):
        raise UserError(f"{name} does not consent to check-ins", f"dolbom consent give {name} check_in --given-by WHO")
    today = next((one for one in read(store, id, at.date()) if one.day == at.date()), None)
    again = today is None or bool(today.ended)
    state = CheckInState(person=id, day=at.date()) if again or today is None else today
    state.wanted = True
    write(store, state)
    if as_json:
        stdout.print_json(json.dumps({"person": id, "wanted": at.isoformat(), "anew": again}))
    else:
        stdout.print(f"The robot asks {name} within {LOOK_S:.0f} s, if it runs and nothing more urgent goes on.")


def _times(file: Path | None) -> CheckInParameters:
    values = load(file).get("companion", {}) if file else {}
    own = {name.removeprefix("check_in."): value for name, value in values.items() if name.startswith("check_in.")}
    return build(CheckInParameters, own)


def _day(state: CheckInState, states: list[CheckInState]) -> dict[str, Any]:
    earlier = before(states, state.day)
    return {
        "day": state.day.isoformat(),
        "ended": state.ended,
        "tries": [at.isoformat() for at in state.tries],
        "told_to_the_district": state.told,
        "topics": {
            topic: {
                "grade": state.topics[topic].grade,
                "before": earlier.get(topic),
                "said": state.topics[topic].said,
                "unasked": state.topics[topic].unasked,
            }
            for topic in TOPICS
            if topic in state.topics
        },
    }


def _due(states: list[CheckInState], times: CheckInParameters, now: datetime) -> str:
    """From when on the robot asks next: an instant in the home's zone."""
    today = next((one for one in states if one.day == now.date()), None)
    if today is not None and today.wanted:
        return now.isoformat(timespec="minutes")
    over = today is not None and today.ended
    if over or reached(now, now.date(), times.latest):
        return _at(now.date() + timedelta(days=1), times.at, now)
    if today is not None and today.next_try is not None:
        return max(today.next_try.astimezone(now.tzinfo), now).isoformat(timespec="minutes")
    return max(datetime.fromisoformat(_at(now.date(), times.at, now)), now).isoformat(timespec="minutes")


def _at(day: date, clock: str, now: datetime) -> str:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=now.tzinfo).isoformat(timespec="minutes")


def _print(row: dict[str, Any], lang: str) -> None:
    if not row["consents"]:
        due = "never: no consent"
    elif row["by_routine"]:
        due = "as its routine says: dolbom day"
    else:
        due = datetime.fromisoformat(row["next"]).strftime("%Y-%m-%d %H:%M")
    stdout.print(f"[bold]{row['name']}[/] ({row['person']})   next from: {due}")
    if not row["days"]:
        stdout.print("  not asked yet")
    for day in row["days"]:
        ended = phrase(lang, f"desk.checkin.ended.{day['ended'] or 'open'}")
        table = Table("", "", "", "", title=f"{day['day']}: {ended}", title_justify="left", show_header=False, box=None)
        for topic, told in day["topics"].items():
            changed = told["before"] not in (None, told["grade"])
            was = phrase(lang, "desk.checkin.before", grade=_grade(told["before"], lang)) if changed else ""
            topic_name = phrase(lang, f"desk.checkin.topic.{topic}")
            table.add_row(f"  {topic_name}", _grade(told["grade"], lang), told["said"], was)
        stdout.print(table)


def _grade(grade: str, lang: str) -> str:
    return phrase(lang, f"desk.checkin.grade.{grade}")
