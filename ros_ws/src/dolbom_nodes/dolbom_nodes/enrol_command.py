"""`dolbom faces enrol-live`: the running robot learns the face of whoever stands before its camera."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from dolbom.errors import UserError
from dolbom_nodes.commanding import Domain, Json, Namespace, conversation

LONGEST_S = 620.0

app = typer.Typer()


@app.command(epilog="Example:  dolbom faces enrol-live 어머니 --given-by daughter --until 2027-11-30")
def enrol_live(
    name: Annotated[str, typer.Argument(help="How the robot calls the person.")],
    given_by: Annotated[str, typer.Option("--given-by", help="Who consented: the person, or who may decide for them.")],
    until: Annotated[
        str, typer.Option("--until", help="Last day of the consent, as 2027-11-30; without it, open.")
    ] = "",
    again: Annotated[str, typer.Option("--again", help="Id of an enrolled person whose face is taken anew.")] = "",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Learn a face with the robot's camera; it says which way to look."""
    from dolbom_msgs.action import EnrolFace
    from rclpy.action import ActionClient

    stderr = Console(stderr=True)

    def tell(message: Any) -> None:
        feedback = message.feedback
        stderr.print(f"[bold]{feedback.progress:4.0%}[/]  {feedback.said}")

    with conversation(namespace, domain) as robot:
        client = ActionClient(robot.node, EnrolFace, "care/enrol_face")
        robot.need(client.server_is_ready, 5.0, "the robot's face node")
        goal = EnrolFace.Goal(name=name, given_by=given_by, until=until, person=again)
        sent = client.send_goal_async(goal, feedback_callback=tell)
        robot.need(sent.done, 5.0, "the robot's face node")
        handle = sent.result()
        ended = handle.get_result_async()
        try:
            robot.need(ended.done, LONGEST_S, "the robot's face node")
        except KeyboardInterrupt:
            robot.wait(handle.cancel_goal_async().done, 3.0)
            raise UserError("stopped; nothing was kept") from None
        finally:
            result = ended.result().result if ended.done() else None
            client.destroy()
    if result is None or not result.success:
        raise UserError(f"not learnt: {result.message if result else 'no answer'}")
    if as_json:
        typer.echo(json.dumps({"person": result.person, "missing": list(result.missing)}))
    else:
        typer.echo(f"{name} is enrolled as {result.person}; no picture was kept.")
        if result.missing:
            typer.echo(f"Better with a view from: {', '.join(result.missing)}; then: --again {result.person}")
