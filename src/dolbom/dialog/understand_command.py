"""`dolbom understand TEXT`: what the robot makes of a sentence, for developers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dolbom.dialog.intents import Context, Understanding
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def understand(
    text: Annotated[str, typer.Argument(help="What somebody says.")],
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    topic: Annotated[str, typer.Option(help="What is talked about: medicine, meal, sleep, mood, distress …")] = "",
    home: Annotated[list[Path] | None, typer.Option(help="A home's own intents: a folder with ko/*.yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What the robot makes of a sentence: intent, slots, confidence, and what it would do about it.

    Examples:  dolbom understand "약 아직 안 먹었어"   dolbom understand "turn the light on" --lang en --json
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    if not text.strip():
        raise UserError("there is no text", 'as dolbom understand "약 먹었어"')
    understanding = Understanding(home or ())
    understood = understanding.of(text, lang, Context(topic=topic))
    question = understanding.confirmation(understood) if understood.band == "confirm" else ""
    if as_json:
        typer.echo(json.dumps(asdict(understood) | {"question": question}, ensure_ascii=False))
        return
    table = Table(show_header=False)
    table.add_row("intent", understood.intent)
    table.add_row("band", understood.band + (f": {question}" if question else ""))
    table.add_row("confidence", f"{understood.confidence:.2f}")
    table.add_row("safety question", "yes" if understood.emergency else "no")
    table.add_row("slots", ", ".join(f"{name}: {value}" for name, value in understood.slots.items()) or "-")
    table.add_row("says not / tense", f"{'yes' if understood.negated else 'no'} / {understood.tense or '-'}")
    table.add_row("candidates", ", ".join(f"{name} {score:.2f}" for name, score in understood.candidates) or "-")
    Console().print(table)
