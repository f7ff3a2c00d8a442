"""`dolbom say`: the robot says something."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES
from dolbom.web.pictures import find_picture, own_folder, picture_names
from dolbom_nodes.commanding import Domain, Json, Namespace, conversation

URGENCIES = ("chat", "reminder", "distress")
LONGEST_S = 120.0

app = typer.Typer()


@app.command(
    epilog='Examples:  dolbom say "점심 드실 시간이에요."   dolbom say --lang en --picture meal "Time for lunch."'
)
def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    lang: Annotated[str, typer.Option(help="ko or en; default: the home's language.")] = "",
    urgency: Annotated[str, typer.Option(help="chat, reminder or distress; the higher interrupts the lower.")] = "chat",
    picture: Annotated[str, typer.Option(help="Name of a picture to show beside it, such as water.")] = "",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Say TEXT through the running robot, and wait until it was said."""
    if not text.strip():
        raise UserError("there is nothing to say", "give the words: dolbom say TEXT")
    if lang and lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    if urgency not in URGENCIES:
        raise UserError(f"no urgency {urgency!r}", f"there are {', '.join(URGENCIES)}")
    if picture and find_picture(picture) is None:
        raise UserError(
            f"no picture {picture!r}", f"there are {', '.join(picture_names())}; more go into {own_folder()}"
        )

    from dolbom_msgs.action import Say
    from rclpy.action import ActionClient

    with conversation(namespace, domain) as robot:
        client = ActionClient(robot.node, Say, "say")
        robot.need(client.server_is_ready, 5.0, "the robot's voice")
        goal = Say.Goal(text=text, lang=lang, urgency=URGENCIES.index(urgency), picture=picture)
        sent = client.send_goal_async(goal)
        robot.need(sent.done, 5.0, "the robot's voice")
        handle = sent.result()
        if not handle.accepted:
            raise UserError("the robot refused to say it", "see `dolbom doctor`")
        ended = handle.get_result_async()
        robot.need(ended.done, LONGEST_S, "the robot's voice")
        result = ended.result().result
        client.destroy()
    if as_json:
        typer.echo(json.dumps({"finished": result.finished, "message": result.message}, ensure_ascii=False))
    elif not result.finished:
        raise UserError(f"it was not said to the end: {result.message or 'interrupted'}")
