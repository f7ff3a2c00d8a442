"""`dolbom answer`: what the person says, typed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dolbom.dialog.understanding import understand
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES
from dolbom_nodes.commanding import Domain, Json, Namespace, conversation

app = typer.Typer()


@app.command(epilog='Examples:  dolbom answer "괜찮아"   dolbom answer --lang en "I need help"')
def answer(
    text: Annotated[str, typer.Argument(help="The person's words.")],
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    namespace: Namespace = "",
    domain: Domain = None,
    humans: Annotated[str, typer.Option(help="Where the robot's voices are (its parameter `humans`).")] = "/humans",
    as_json: Json = False,
) -> None:
    """Type TEXT as the person's words to the running robot: an answer, or a call for help."""
    if not text.strip():
        raise UserError("there are no words", "give them: dolbom answer TEXT")
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")

    from dolbom_nodes.typist import Typist

    with conversation(namespace, domain) as robot:
        Typist(robot, humans).type(text, lang)
    meaning = understand(text, lang)
    typer.echo(
        json.dumps({"heard": text, "meaning": meaning}, ensure_ascii=False) if as_json else f"{text} ({meaning})"
    )
