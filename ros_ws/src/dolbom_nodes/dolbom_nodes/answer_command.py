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

    from dolbom_msgs.msg import Utterance
    from hri_msgs.msg import LiveSpeech

    from dolbom_nodes import qos

    heard: list[str] = []
    with conversation(namespace, domain) as robot:
        publisher = robot.node.create_publisher(LiveSpeech, f"{humans.rstrip('/')}/voices/typed/speech", qos.STREAM)
        robot.node.create_subscription(
            Utterance,
            "care/said",
            lambda said: heard.append(said.text) if said.speaker == "typed" else None,
            qos.STREAM,
        )
        robot.need(publisher.get_subscription_count, 5.0, "the robot's ear")
        robot.wait(lambda: robot.node.count_publishers("care/said"), 2.0)
        speech = LiveSpeech(final=text, confidence=1.0, locale=f"{lang}_KR" if lang == "ko" else f"{lang}_US")
        robot.send(lambda: publisher.publish(speech), lambda: text.strip()[:500] in heard)
        robot.need(lambda: heard, 0.0, "the robot's ear")
    meaning = understand(text, lang)
    typer.echo(
        json.dumps({"heard": text, "meaning": meaning}, ensure_ascii=False) if as_json else f"{text} ({meaning})"
    )
