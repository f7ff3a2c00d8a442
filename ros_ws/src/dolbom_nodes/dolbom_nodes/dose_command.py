"""`dolbom dose …`: what staff and family know of a dose better than the robot, or did without it."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from dolbom_msgs.srv import NoteDose

from dolbom.errors import UserError
from dolbom_nodes.commanding import Domain, Json, Namespace, conversation

app = typer.Typer(
    no_args_is_help=True,
    help="Note what the running robot cannot know: a dose corrected, given out of turn, counted. "
    "Each note is a new entry of the history, with its author.",
)

ANSWER_S = 8.0
By = Annotated[str, typer.Option("--by", help="Who says so: a role or a staff id.")]
Routine = Annotated[str, typer.Argument(metavar="ROUTINE", help="A medicine, as `dolbom routines list` shows it.")]


@app.command(
    epilog='Example:  dolbom dose correct blood-pressure@2026-11-25T08:00 taken --by nurse --reason "given by me"'
)
def correct(
    due: Annotated[str, typer.Argument(metavar="DOSE", help="As routine@time, with @person where it is for one.")],
    state: Annotated[str, typer.Argument(help="taken, refused, missed or unknown; done for what is no medicine.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the history.")],
    by: By = "home",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Say what really became of a dose, or of anything else that was due."""
    note = NoteDose.Request(what="corrected", due=due, state=state, by=by, reason=reason)
    _note(note, f"{due} is {state}.", namespace, domain, as_json)


@app.command(epilog="Example:  dolbom dose taken painkiller --by daughter")
def taken(
    routine: Routine,
    by: By = "home",
    person: Annotated[str, typer.Option("--person", help="Who took it, by id, if it is for several.")] = "",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Say that a medicine was taken just now, without the robot."""
    note = NoteDose.Request(what="taken", routine=routine, person=person, by=by)
    _note(note, f"{routine} is taken.", namespace, domain, as_json)


@app.command(epilog="Example:  dolbom dose count blood-pressure 60 --by nurse")
def count(
    routine: Routine,
    number: Annotated[float, typer.Argument(metavar="NUMBER", help="How many there are now.")],
    by: By = "home",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Say how many of a medicine are left; from then on the robot counts, and says when it runs out."""
    note = NoteDose.Request(what="counted", routine=routine, count=number, by=by)
    _note(note, f"There are {number:g} of {routine}.", namespace, domain, as_json)


def _note(note: NoteDose.Request, done: str, namespace: str, domain: int | None, as_json: bool) -> None:
    with conversation(namespace, domain) as robot:
        client = robot.node.create_client(NoteDose, "care/note_dose")
        robot.need(client.service_is_ready, ANSWER_S, "the part of the robot that follows doses")
        asked = client.call_async(note)
        robot.need(asked.done, ANSWER_S, "the part of the robot that follows doses")
        answer = asked.result()
    if not answer.success:
        raise UserError(answer.message or "it could not be noted: see `dolbom doctor`")
    typer.echo(json.dumps({"noted": note.what}) if as_json else done)
