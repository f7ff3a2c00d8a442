"""`dolbom camera on|off|status`: the camera's switch, from the command line."""

from __future__ import annotations

import json

import typer
from dolbom_msgs.msg import CameraState
from std_srvs.srv import SetBool

from dolbom.errors import UserError
from dolbom_nodes import qos
from dolbom_nodes.commanding import Conversation, Domain, Json, Namespace, conversation

app = typer.Typer(no_args_is_help=True, help="Switch the robot's camera, or see whether it sees.")

ANSWER_S = 8.0
STATES = {CameraState.OFF: "off", CameraState.ON: "on", CameraState.LOST: "lost"}


@app.command(epilog="Example:  dolbom camera on")
def on(namespace: Namespace = "", domain: Domain = None, as_json: Json = False) -> None:
    """Switches the camera on."""
    _switch(True, namespace, domain, as_json)


@app.command(epilog="Example:  dolbom camera off")
def off(namespace: Namespace = "", domain: Domain = None, as_json: Json = False) -> None:
    """Switches the camera off: the device is closed, and it stays off over a restart."""
    _switch(False, namespace, domain, as_json)


@app.command(epilog="Example:  dolbom camera status --json")
def status(namespace: Namespace = "", domain: Domain = None, as_json: Json = False) -> None:
    """Tells whether the camera sees."""
    with conversation(namespace, domain) as robot:
        _print(_state(robot), as_json)


def _switch(wanted: bool, namespace: str, domain: int | None, as_json: bool) -> None:
    with conversation(namespace, domain) as robot:
        client = robot.node.create_client(SetBool, "camera_enabled")
        robot.need(client.service_is_ready, ANSWER_S, "the camera")
        asked = client.call_async(SetBool.Request(data=wanted))
        robot.need(asked.done, ANSWER_S, "the camera")
        answer = asked.result()
        if not answer.success:
            raise UserError(f"the camera is not switched {'on' if wanted else 'off'} yet: {answer.message}")
        if answer.message:
            typer.secho(answer.message, fg=typer.colors.YELLOW, err=True)
        _print(_state(robot), as_json)


def _state(robot: Conversation) -> CameraState:
    states: list[CameraState] = []
    robot.node.create_subscription(CameraState, "camera_state", states.append, qos.STATE)
    robot.need(lambda: states, ANSWER_S, "the camera")
    return states[-1]


def _print(state: CameraState, as_json: bool) -> None:
    said = {"state": STATES.get(state.state, "unknown"), "source": state.source, "message": state.message}
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        typer.echo(f"camera {said['state']}  {said['source']}" + (f"  ({said['message']})" if state.message else ""))
