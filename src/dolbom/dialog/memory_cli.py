"""`dolbom memory`: what the robot remembers of people, for them and their family to see, and to have forgotten."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.dialog.memory import Topic, sentence
from dolbom.errors import UserError
from dolbom.i18n import catalogue
from dolbom.store.base import open_store
from dolbom.store.memory import Kept, MemoryStore
from dolbom.store.people import Purpose

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What the robot remembers of what people told it; it never leaves the home. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom memory show[/]   [bold]dolbom memory show --person 김순자 --json[/]   "
    "[bold]dolbom memory forget --person 김순자 --topic health[/]",
)

stdout = Console()

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Who = Annotated[str, typer.Option("--person", help="Name or id; without it, everybody (forget: the only one).")]
About = Annotated[Topic | None, typer.Option("--topic", help="Only this topic.")]


@app.command(epilog="Examples:  dolbom memory show   dolbom memory show --person 김순자 --topic health")
def show(person: Who = "", topic: About = None, as_json: AsJson = False) -> None:
    """Show what is remembered: topic, what was told, the words, the day, until when it is kept, and how sure it is."""
    now = SystemClock().civil()
    store = MemoryStore(open_store())
    people = {one.id: one.name for one in store.people.everybody()}
    wanted = [store.people.find(person)] if person else list(people)
    allowed = store.allowed(Purpose.MEMORY, now)
    facts = [kept for id in wanted for kept in store.facts(id, now) if topic in (None, kept.fact.topic)]
    if as_json:
        rows = [
            {"person": id, "name": people[id], "consents": id in allowed,
             "facts": [_row(kept) for kept in facts if kept.person == id]}
            for id in wanted
        ]  # fmt: skip
        stdout.print_json(json.dumps(rows, ensure_ascii=False))
        return
    for id in wanted:
        if id not in allowed:
            stdout.print(f"{people[id]}: no consent, so nothing is remembered (dolbom consent give … memory).")
    if not facts:
        stdout.print("Nothing is remembered." if wanted else "Nobody is known here: dolbom consent give --help")
        return
    table = Table("person", "topic", "what", "in the words", "day", "kept until", "sure")
    for kept in facts:
        fact = kept.fact
        until = kept.expires.astimezone(now.tzinfo).date().isoformat()
        about = catalogue(fact.lang, "facts")["topic"][fact.topic]
        told = sentence(fact, fact.lang, now.date())
        table.add_row(people[kept.person], about, told, fact.utterance, fact.day.isoformat(), until,
                      f"{fact.confidence:.0%}")  # fmt: skip
    stdout.print(table)


@app.command(epilog="Examples:  dolbom memory forget --topic health   dolbom memory forget --person 김순자 --yes")
def forget(
    person: Who = "",
    topic: About = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget what is remembered of somebody, to the last byte. It cannot be undone: that is what forgetting means."""
    now = SystemClock().civil()
    store = MemoryStore(open_store())
    id = store.people.find_or_only(person)
    facts = [kept for kept in store.facts(id, now) if topic in (None, kept.fact.topic)]
    name = store.people.name_of(id)
    if not facts:
        _done(0, as_json)
        return
    if not yes:
        if as_json or not typer.get_text_stream("stdin").isatty():
            raise UserError(f"{len(facts)} things would be forgotten for good", "say --yes if that is wanted")
        what = f" about {topic.value}" if topic else ""
        question = f"Forget {len(facts)} things{what} that {name} told? They cannot be brought back."
        if not typer.confirm(question):
            stdout.print("Nothing was forgotten.")
            return
    _done(store.erase([kept.id for kept in facts], now, "home"), as_json)


def _done(count: int, as_json: bool) -> None:
    if as_json:
        stdout.print_json(json.dumps({"forgotten": count}))
    else:
        stdout.print(f"Forgotten: {count}. Nothing of it is left in the database." if count else "Nothing to forget.")


def _row(kept: Kept) -> dict[str, object]:
    fact = kept.fact
    return {
        "id": str(kept.id),
        "topic": fact.topic,
        "kind": fact.kind,
        "value": fact.value,
        "utterance": fact.utterance,
        "lang": fact.lang,
        "day": fact.day.isoformat(),
        "told": kept.at.isoformat(),
        "until": kept.expires.isoformat(),
        "confidence": fact.confidence,
        "asked": fact.asked.isoformat() if fact.asked else None,
    }
