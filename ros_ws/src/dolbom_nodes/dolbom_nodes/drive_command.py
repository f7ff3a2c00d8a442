"""`dolbom drive`: the robot comes, goes to its dock, or stands still."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

import typer

from dolbom.errors import UserError
from dolbom_nodes.commanding import Conversation, Domain, Json, Namespace, conversation

LONGEST_S = 1800.0
DRIVES = "the robot's base (does it have one? its parameter drive.base)"

app = typer.Typer(no_args_is_help=True, help="The robot comes to somebody, goes to its dock, or stands still.")


@app.command(epilog="Examples:  dolbom drive come   dolbom drive come --person p1 --distance 1.5 --json")
def come(
    person: Annotated[str, typer.Option(help="To whom, by id; empty: whoever is at home.")] = "",
    distance: Annotated[float, typer.Option(help="How near, metres; 0: as near as it usually comes.")] = 0.0,
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """The robot looks for somebody, comes near and faces them; returns when it stands there, or says why not."""
    if not (distance == 0.0 or 0.9 <= distance <= 3.0):
        raise UserError(f"{distance:g} m is no distance to stand at", "give 0.9 to 3 metres, or leave it out")
    with conversation(namespace, domain) as robot:
        _drive(robot, as_json, person=person, distance=distance)


@app.command(epilog="Examples:  dolbom drive dock   dolbom drive dock --here")
def dock(
    here: Annotated[bool, typer.Option("--here", help="It stands at its dock now: keep that place.")] = False,
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """The robot goes back to its dock."""
    with conversation(namespace, domain) as robot:
        if not here:
            _drive(robot, as_json, dock=True)
            return
        _called(robot, "drive/dock_here")
    typer.echo(json.dumps({"dock": "here"}) if as_json else "its dock is here")


@app.command(epilog="Example:  dolbom drive stop")
def stop(namespace: Namespace = "", domain: Domain = None, as_json: Json = False) -> None:
    """The robot stands still, whatever it was about."""
    with conversation(namespace, domain) as robot:
        _called(robot, "drive/stop")
    typer.echo(json.dumps({"doing": "idle"}) if as_json else "it stands still")


def _called(robot: Conversation, name: str) -> None:
    from std_srvs.srv import Trigger

    client = robot.node.create_client(Trigger, name)
    robot.need(client.service_is_ready, 5.0, DRIVES)
    asked = client.call_async(Trigger.Request())
    robot.need(asked.done, 5.0, DRIVES)
    answer = asked.result()
    if not answer.success:
        raise UserError(answer.message, "is the base switched on?")


def _drive(robot: Conversation, as_json: bool, **wanted: Any) -> None:
    from dolbom_msgs.action import Approach
    from rclpy.action import ActionClient

    client = ActionClient(robot.node, Approach, "approach")
    robot.need(client.server_is_ready, 5.0, DRIVES)

    def tell(message: Any) -> None:
        if not as_json:
            away = message.feedback.distance
            far = f", {away:.1f} m away" if math.isfinite(away) else ""
            typer.echo(f"{message.feedback.doing.replace('_', ' ')}{far}", err=True)

    goal = Approach.Goal(reason="asked", rank=Approach.Goal.ASKED, **wanted)
    sent = client.send_goal_async(goal, feedback_callback=tell)
    robot.need(sent.done, 5.0, DRIVES)
    handle = sent.result()
    ended = handle.get_result_async()
    try:
        robot.wait(ended.done, LONGEST_S)
    except KeyboardInterrupt:
        robot.wait(handle.cancel_goal_async().done, 3.0)
        raise
    if not ended.done():
        raise UserError("the robot does not say how it ended", "look at it: dolbom drive stop")
    result = ended.result().result
    client.destroy()
    said = {"outcome": result.outcome, "message": result.message}
    if math.isfinite(result.distance):
        said["distance"] = round(float(result.distance), 2)
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    if result.outcome in ("arrived", "docked"):
        if not as_json:
            typer.echo(f"{result.outcome}" + (f", {said['distance']} m away" if "distance" in said else ""))
        return
    raise UserError(
        f"{result.outcome.replace('_', ' ')}: {result.message or 'no reason given'}", CURES.get(result.outcome, "")
    )


CURES = {
    "not_found": "is anybody where the robot can see them?",
    "blocked": "clear its way, and ask again",
    "bumped": "look what it touches",
    "blind": "see `dolbom doctor`: camera, laser or odometry is missing",
}
