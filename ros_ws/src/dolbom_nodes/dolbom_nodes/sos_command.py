"""`dolbom sos`: the call button, held."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom_nodes.commanding import Domain, Json, Namespace, conversation

app = typer.Typer()


@app.command(epilog="Examples:  dolbom sos   dolbom sos --cancel   dolbom sos --person p1 --json")
def sos(
    person: Annotated[str, typer.Option(help="Who calls, by id; empty: not known.")] = "",
    cancel: Annotated[bool, typer.Option("--cancel", help="Take the call back.")] = False,
    lang: Annotated[str, typer.Option(help="Language in which the desk reads why: ko or en.")] = "ko",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Press the call button of the running robot: it asks once, and calls for help if nobody says no."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")

    from dolbom_msgs.msg import DistressState, Suspicion

    from dolbom_nodes import qos
    from dolbom_nodes.stages import STAGE_WORDS

    states: list[Any] = []
    with conversation(namespace, domain) as robot:
        publisher = robot.node.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        robot.node.create_subscription(DistressState, "care/distress", states.append, qos.STATE)
        robot.need(publisher.get_subscription_count, 5.0, "the robot's guard")
        robot.need(lambda: states, 5.0, "the robot's guard")
        states.clear()
        call = Suspicion(cause="button", person=person, confidence=1.0, ask=True, over=cancel)
        call.evidence = phrase(lang, "distress.evidence.button")
        robot.send(lambda: publisher.publish(call), lambda: states)
    if not states and not cancel:
        raise UserError("the robot's guard took no notice", "call again; see `dolbom doctor`")
    stage = STAGE_WORDS[states[-1].stage] if states else "none"
    shown = {"stage": stage, "distress": states[-1].id if states else ""}
    typer.echo(json.dumps(shown) if as_json else stage.replace("_", " "))
